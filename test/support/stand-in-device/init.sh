#!/bin/busybox sh
# First process of the stand-in: brings up a kernel with the host's programs, and what plays Windows on top of it.
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /dev /host /own /root
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/null >/dev/ttyS0 2>&1

while read -r module; do
  insmod "/modules/$module" || echo "stand-in: the kernel does not take $module"
done </modules/order

# The host's files can be read only; what is written beside them is gone when the machine restarts.
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=524288,cache=loose host /host
mount -t tmpfs own /own
mkdir /own/files /own/work
mount -t overlay -o lowerdir=/host,upperdir=/own/files,workdir=/own/work root /root
mount -t proc proc /root/proc
mount -t sysfs sys /root/sys
mount -t devtmpfs dev /root/dev
mount -t tmpfs run /root/run
mkdir /root/run/stand-in /root/run/c /root/run/tools
cp /windows.sh /settings /root/run/stand-in/
# Where Windows would have the same, the host need not.
cp /bin/busybox /root/run/tools/busybox

chroot /root /run/tools/busybox sh /run/stand-in/windows.sh
case $? in
  0) poweroff -f ;;
  2) reboot -f ;;
esac
# An error that Windows shows to whoever sits in front of it, and waits.
while :; do sleep 3600; done
