import { pe, type Samples } from "./document.ts";

interface Disk {
  readonly create: readonly (readonly [type: string, size: string])[];
  readonly change?: string;
  readonly target?: string;
  readonly wipe?: boolean;
}
/** A size of "" fills the disk. */
function disk({ create, change = "", target, wipe = true }: Disk): string {
  const partitions = create.map(
    ([type, size], at) =>
      `<CreatePartition wcm:action="add"><Order>${at + 1}</Order><Type>${type}</Type>${size === "" ? "<Extend>true</Extend>" : `<Size>${size}</Size>`}</CreatePartition>`,
  );
  const install =
    target === undefined
      ? ""
      : `<ImageInstall><OSImage><InstallTo><DiskID>0</DiskID><PartitionID>${target}</PartitionID></InstallTo></OSImage></ImageInstall>`;
  return pe(
    `<DiskConfiguration><Disk wcm:action="add"><DiskID>0</DiskID><WillWipeDisk>${wipe}</WillWipeDisk><CreatePartitions>${partitions.join("")}</CreatePartitions><ModifyPartitions>${change}</ModifyPartitions></Disk></DiskConfiguration>${install}`,
  ).replace("<ModifyPartitions></ModifyPartitions>", "");
}
const modify = (id: number, settings: string, order = id): string =>
  `<ModifyPartition wcm:action="add"><Order>${order}</Order><PartitionID>${id}</PartitionID>${settings}</ModifyPartition>`;
const recovery = modify(4, "<TypeID>de94bba4-06d1-4d40-a16a-bfd50179d6ac</TypeID>", 1);
const uefi: Disk["create"] = [
  ["EFI", "100"],
  ["MSR", "16"],
  ["Primary", "60000"],
  ["Primary", "1000"],
];

export const diskSamples = {
  "disk-style": {
    bad: [
      disk({ create: uefi, change: modify(3, "<Active>true</Active>", 1) }),
      disk({
        create: [
          ["EFI", "100"],
          ["MSR", "16"],
          ["Extended", ""],
        ],
      }),
    ],
    good: [
      disk({ create: uefi }),
      disk({
        create: [
          ["Primary", "100"],
          ["Primary", ""],
        ],
        change: modify(1, "<Active>true</Active>"),
      }),
    ],
  },
  "disk-gpt-incomplete": {
    bad: [
      disk({
        create: [
          ["EFI", "100"],
          ["Primary", ""],
        ],
      }),
      disk({
        create: [
          ["MSR", "16"],
          ["Primary", ""],
        ],
      }),
    ],
    good: [
      disk({ create: uefi }),
      disk({
        create: [
          ["EFI", "100"],
          ["Primary", ""],
        ],
        wipe: false,
      }),
    ],
  },
  "disk-partition-limit": {
    bad: [
      disk({
        create: [...["1", "2", "3", "4"].map((size) => ["Primary", size] as const), ["Primary", ""]],
        change: modify(1, "<Active>true</Active>"),
      }),
      disk({
        create: [
          ["Extended", "9"],
          ["Extended", "9"],
        ],
      }),
    ],
    good: [
      disk({
        create: [
          ["Primary", "1"],
          ["Primary", "2"],
          ["Primary", "3"],
          ["Extended", ""],
          ["Logical", "9"],
        ],
      }),
    ],
  },
  "disk-logical": {
    bad: [
      disk({
        create: [
          ["Primary", "100"],
          ["Logical", "100"],
        ],
      }),
    ],
    good: [
      disk({
        create: [
          ["Extended", ""],
          ["Logical", "100"],
        ],
      }),
    ],
  },
  "disk-size-extend": {
    bad: [disk({ create: uefi }).replace("<Size>1000</Size>", "<Size>1000</Size><Extend>true</Extend>")],
    good: [disk({ create: uefi })],
  },
  "disk-extend-not-last": {
    bad: [
      disk({
        create: [
          ["EFI", "100"],
          ["MSR", "16"],
          ["Primary", ""],
          ["Primary", "1000"],
        ],
      }),
    ],
    good: [
      disk({
        create: [
          ["Primary", "100"],
          ["Extended", ""],
          ["Logical", "100"],
        ],
      }),
    ],
  },
  "disk-modify-missing": {
    bad: [
      disk({ create: uefi, change: modify(5, "<Label>a</Label>", 1) }),
      disk({
        create: [
          ["Primary", "1"],
          ["Extended", ""],
        ],
        change: modify(2, "<Label>a</Label>", 1),
      }),
    ],
    good: [
      disk({ create: uefi, change: modify(4, "<Label>a</Label>", 1) }),
      disk({ create: [], change: modify(2, "<Label>a</Label>", 1), wipe: false }),
    ],
  },
  "disk-install-target": {
    bad: [disk({ create: uefi, target: "5" }), disk({ create: uefi, target: "1" })],
    good: [
      disk({ create: uefi, target: "3" }),
      disk({
        create: [
          ["Extended", ""],
          ["Logical", "30000"],
          ["Primary", "30000"],
        ],
        target: "2",
      }),
    ],
  },
  "disk-letter-duplicate": {
    bad: [
      disk({ create: uefi, change: modify(3, "<Letter>C</Letter>", 1) + modify(4, "<Letter>C</Letter>", 2) }),
    ],
    good: [
      disk({ create: uefi, change: modify(3, "<Letter>C</Letter>", 1) + modify(4, "<Letter>D</Letter>", 2) }),
    ],
  },
  "recovery-partition-small": {
    bad: [
      disk({ create: [...uefi.slice(0, 3), ["Primary", "250"]], change: recovery }),
      [disk({ create: uefi, change: recovery }), { winreBytes: 700 * 1024 ** 2 }],
    ],
    good: [
      disk({ create: uefi, change: recovery }),
      [disk({ create: uefi, change: recovery }), { winreBytes: 600 * 1024 ** 2 }],
      disk({
        create: [
          ["Primary", "100"],
          ["Primary", ""],
        ],
        change: modify(1, "<Active>true</Active><TypeID>0x27</TypeID>"),
      }),
    ],
  },
  "windows-partition-small": {
    bad: [disk({ create: [...uefi.slice(0, 2), ["Primary", "10000"]], target: "3" })],
    good: [
      disk({ create: uefi, target: "3" }),
      disk({
        create: [...uefi.slice(0, 2), ["Primary", "10000"]],
        target: "3",
        change: modify(3, "<Extend>true</Extend>", 1),
      }),
    ],
  },
} as const satisfies Readonly<Record<string, Samples>>;
