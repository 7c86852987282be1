# Plays Windows in audit mode, on the NTFS volume of the disk, with the host's programs. Its exit code says what comes next:
# 0 the machine is switched off, 2 it restarts, anything else it stays as it is.
# Settings: `prefix` (a Wine prefix) and `mode` (what goes wrong).
. /run/stand-in/settings
busybox=/run/tools/busybox
volume=/run/c
kept=$volume/Windows/Panther/stand-in
export HOME=/root TZ=UTC WINEPREFIX="$prefix" WINEDEBUG=-all DISPLAY=
# Nobody sits in front of it: no desktop, no menus.
export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe,explorer.exe=;winex11.drv='
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin
unset WINEARCH

say() { echo "stand-in: $*"; }

mount_volume() {
  for partition in /dev/vd*[0-9] /dev/sd*[0-9] /dev/nvme*p[0-9]*; do
    [ -b "$partition" ] || continue
    [ "$($busybox dd if="$partition" bs=1 skip=3 count=4 2>/dev/null)" = NTFS ] || continue
    ntfs-3g -o big_writes "$partition" $volume || continue
    [ -d $volume/Windows ] && return 0
    $busybox umount $volume
  done
  return 1
}

# C: is the volume, apart from what of Windows Wine has to have its own of.
own="system32:System32 winsxs:WinSxS globalization:Globalization"
# Where an image has no such folder, it stays as an empty one.
make_room() {
  mkdir -p $volume/Users $kept
  for pair in $own; do mkdir -p "$volume/Windows/${pair#*:}"; done
  for hive in system user userdef; do [ -f "$kept/$hive.reg" ] || cp "$prefix/$hive.reg" "$kept/"; done
}

mount_wine() {
  $busybox chown 0:0 "$prefix"
  for pair in $own; do
    $busybox mount --bind "$prefix/drive_c/windows/${pair%:*}" "$volume/Windows/${pair#*:}"
  done
  $busybox mount --bind "$prefix/drive_c/users" $volume/Users
  rm -f "$prefix"/dosdevices/*
  ln -s $volume "$prefix/dosdevices/c:"
  ln -s "$partition" "$prefix/dosdevices/c::"
  ln -s /dev/ttyS0 "$prefix/dosdevices/com1"
  # The registry outlives a restart, the folder of the prefix does not. Wine writes through links.
  for hive in system user userdef; do ln -sf "$kept/$hive.reg" "$prefix/$hive.reg"; done
  # Wine's own does nothing. What is no program of Windows', Wine gives to Linux.
  printf '#!/bin/sh\necho "$*" >/run/stand-in/asked\n' >/run/stand-in/shutdown
  chmod +x /run/stand-in/shutdown
  rm -f "$prefix/drive_c/windows/system32/shutdown.exe"
  cp /run/stand-in/shutdown "$prefix/drive_c/windows/system32/shutdown.exe"
}

unmount_wine() {
  wineserver -k
  wineserver -w
  $busybox umount $volume/Users
  for pair in $own; do $busybox umount "$volume/Windows/${pair#*:}"; done
}

leave() { # code, why
  sync
  $busybox umount $volume || say "the volume is busy"
  say "$(cut -d. -f1 /proc/uptime) s, then $2"
  exit "$1"
}

image_state() { # state
  mkdir -p $volume/Windows/Setup/State
  printf '[State]\r\nImageState=%s\r\n' "$1" >$volume/Windows/Setup/State/State.ini
  hive=$volume/Windows/System32/config/SOFTWARE
  [ -f $hive ] || { say "no SOFTWARE hive"; return; }
  keys="Microsoft Windows CurrentVersion Setup State"
  value="setval 1\nImageState\nstring:$1\ncommit\nquit\n"
  { printf 'cd %s\n' $keys; printf "$value"; } | hivexsh -w $hive 2>/dev/null && return
  # A key that is there already cannot be added.
  there=
  {
    for key in $keys; do
      there="$there\\$key"
      printf 'cd %s\n' "$there" | hivexsh $hive 2>/dev/null || echo "add $key"
      echo "cd $key"
    done
    printf "$value"
  } >/run/stand-in/hive-script
  hivexsh -w $hive </run/stand-in/hive-script || say "the hive does not take $1"
}

answer_file=$volume/Windows/Panther/Unattend/Unattend.xml
answer() { # expression, of elements by their names
  xmllint --nonet --xpath "string($1)" "$answer_file" 2>/dev/null
}
component() { # pass
  echo "//*[local-name()='settings'][@pass='$1']/*[local-name()='component'][@name='Microsoft-Windows-Deployment'][@processorArchitecture='amd64']"
}
commands="$(component auditUser)/*[local-name()='RunSynchronous']/*[local-name()='RunSynchronousCommand']"
command() { # which in the order of their numbers, element
  number=$(xmllint --nonet --xpath "$commands/*[local-name()='Order']/text()" "$answer_file" 2>/dev/null | sort -n | sed -n "$1p")
  [ -n "$number" ] && answer "$commands[*[local-name()='Order']=$number]/*[local-name()='$2']"
}

run() { # command line; its exit code goes to $code, `off` or `restart` where it had the machine do that
  printf '@%s\r\n@>C:\\windows\\system32\\stand-in-code.txt echo %%ERRORLEVEL%%\r\n' "$1" \
    >"$prefix/drive_c/windows/system32/stand-in-run.cmd"
  rm -f "$prefix/drive_c/windows/system32/stand-in-code.txt" /run/stand-in/asked
  (cd $volume/Windows/System32 && exec wine 'C:\windows\system32\cmd.exe' /d /c stand-in-run.cmd) </dev/null >/run/stand-in/output 2>&1 &
  job=$!
  while kill -0 $job 2>/dev/null && [ ! -f /run/stand-in/asked ]; do $busybox usleep 200000; done
  code=$(tr -d ' \r\n' <"$prefix/drive_c/windows/system32/stand-in-code.txt" 2>/dev/null)
  [ -f /run/stand-in/asked ] || return
  say "shutdown.exe $(cat /run/stand-in/asked)"
  case " $(cat /run/stand-in/asked) " in *" /r "*) code=restart ;; *) code=off ;; esac
}

# Every cluster is said to be in use, which takes no time; then the file table, in which small files live.
fill() {
  $busybox umount $volume
  size=$(ntfsinfo -f -m "$partition" | sed -n 's/.*Cluster Size: *//p')
  ntfsinfo -f -v -i 6 "$partition" | $busybox awk '/Runlist:/ { runs = 1 } runs && /^[ \t]*0x/ { print $2, $3 }' |
    while read -r start count; do
      tr '\000' '\377' </dev/zero | $busybox dd of="$partition" bs="$size" seek="$((start))" count="$((count))" \
        iflag=fullblock conv=notrunc 2>/dev/null
    done
  mount_volume
  number=0
  while [ $number -lt 10000 ] && true 2>/dev/null >"$volume/stand-in-fills-$number"; do number=$((number + 1)); done
  say "full"
}

log() { # file, level, text
  printf '%s, %-21s SYSPRP %s\r\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$2" "$3" >>"$sysprep/Panther/$1"
}

generalize() {
  sysprep=$volume/Windows/System32/Sysprep
  mkdir -p $sysprep/Panther
  log setupact.log Info "The stand-in generalizes: it changes ImageState and nothing else"
  if [ "$mode" = app ] || [ "$mode" = app-off ]; then
    text="Package Contoso.Notes_1.0.0.0_x64__8wekyb3d8bbwe was installed for a user, but not provisioned for all users. This package will not function properly in the sysprep image."
    for file in setupact.log setuperr.log; do
      log $file Error "$text"
      log $file Error "Failed to remove apps for the current user: 0x80073cf2."
    done
    [ "$mode" = app-off ] && leave 0 "off"
    leave 1 "the error of sysprep"
  fi
  : >$sysprep/Sysprep_succeeded.tag
  case "$mode" in
    state) image_state IMAGE_STATE_UNDEPLOYABLE ;;
    *) image_state "IMAGE_STATE_GENERALIZE_RESEAL_TO_$(answer "$(component auditUser)/*[local-name()='Generalize']/*[local-name()='Mode']" | tr a-z A-Z)" ;;
  esac
}

mount_volume || { say "no Windows on the disk"; exit 1; }
[ -f "$answer_file" ] || leave 1 "OOBE: no answer file"
if [ ! -d $kept ]; then
  [ "$(answer "$(component oobeSystem)/*[local-name()='Reseal']/*[local-name()='Mode']")" = Audit ] || leave 1 "OOBE: the answer file does not reseal to audit mode"
  make_room
  echo 1 >$kept/next
  # Windows Setup keeps a copy of the answer file here.
  cp "$answer_file" $volume/Windows/Panther/unattend.xml
  image_state IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT
fi
[ "$mode" = hang ] && leave 1 "nothing"
[ "$mode" = full ] && fill
mount_wine
next=$(cat $kept/next)
next=${next:-1} # A full volume does not take what is written down.
while line=$(command "$next" Path) && [ -n "$line" ]; do
  say "$(cut -d. -f1 /proc/uptime) s, runs $line"
  run "$line"
  say "$(cut -d. -f1 /proc/uptime) s, $code"
  case "$(command "$next" WillReboot):$code" in
    *:off) unmount_wine; leave 0 "off" ;;
    *:restart | OnRequest:2) unmount_wine; leave 2 "restart" ;;
    OnRequest:0 | Never:* | :*) ;;
    OnRequest:1 | Always:*) unmount_wine; echo $((next + 1)) >$kept/next; leave 2 "restart" ;;
    *) $busybox cat /run/stand-in/output; unmount_wine; leave 1 "the error of Windows Setup" ;;
  esac
  next=$((next + 1))
  echo "$next" >$kept/next
done
unmount_wine
rm -rf $kept
setting="$(component auditUser)/*[local-name()='Generalize']"
[ -n "$(answer "$setting/*[local-name()='Mode']")" ] || leave 1 "audit mode: nothing says to generalize"
generalize
case "$(answer "$setting/*[local-name()='ForceShutdownNow']")" in
  true) leave 0 "off" ;;
esac
leave 1 "audit mode: generalized, and on"
