/** Compiled by tsc and never run: which settings are valid in which pass. */
import { secret, unattend } from "servicing";

unattend({
  raw: {
    windowsPE: { "Microsoft-Windows-Setup": { "DynamicUpdate/Enable": false } },
    specialize: {
      "Microsoft-Windows-Shell-Setup": { ComputerName: "PC-1", "TaskbarLinks/Link0": "a.lnk" },
      "Networking-MPSSVC-Svc": { DisableStatefulFTP: true },
    },
    oobeSystem: {
      "Microsoft-Windows-Shell-Setup": { "UserAccounts/AdministratorPassword/Value": secret("PASSWORD") },
    },
  },
  unlisted: { specialize: { "Contoso-Agent": { "Server/Address": "10.0.0.1" } } },
});

unattend({ disk: { layout: "uefi", wipe: true }, domain: { blob: secret("BLOB") }, powerPlan: "balanced" });

// @ts-expect-error a component in a pass that it is not valid in
unattend({ raw: { windowsPE: { "Microsoft-Windows-Shell-Setup": { TimeZone: "UTC" } } } });
// @ts-expect-error a component that the reference does not list
unattend({ raw: { specialize: { "Contoso-Agent": { Server: "a" } } } });
// @ts-expect-error a setting in a pass that it is not valid in
unattend({ raw: { specialize: { "Microsoft-Windows-Shell-Setup": { "OOBE/HideEULAPage": true } } } });
// @ts-expect-error the same below a list
unattend({ raw: { oobeSystem: { "Microsoft-Windows-Deployment": { "RunSynchronous/A[1]/Path": "a" } } } });
// @ts-expect-error a pass that there is not
unattend({ raw: { firstBoot: {} } });
// @ts-expect-error a disk is wiped, which has to be said
unattend({ disk: { layout: "uefi" } });
// @ts-expect-error a disk that is not wiped
unattend({ disk: { layout: "uefi", wipe: false } });
// @ts-expect-error a domain and a blob for one
unattend({ domain: { blob: "a", name: "contoso.com" } });
// @ts-expect-error a setting that Windows no longer reads
unattend({ oobe: { skipMachineOobe: true } });
