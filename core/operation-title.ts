import type { Operation } from "./operation.ts";

/** One line for a person: `Add-Driver netkvm.inf`. Never holds a secret. */
export function operationTitle(operation: Operation): string {
  return `${operation.type} ${operation.title ?? subject(operation)}`.trim();
}

function subject(operation: Operation): string {
  switch (operation.type) {
    case "Mount-Image":
    case "Apply-Image":
    case "Export-Image":
    case "Service-Image":
    case "Delete-Image":
      return `${base(operation.file)}:${operation.index}`;
    case "Service-WinRE":
      return "";
    case "Split-Image":
    case "Split-FFU":
    case "Optimize-FFU":
    case "Import-DefaultAppAssociations":
      return base(operation.file);
    case "New-Media":
    case "New-ISO":
    case "New-USB":
    case "New-DeploymentFolder":
    case "New-Disk":
      return base(operation.to);
    case "Capture-Image":
    case "Append-Image":
    case "Export-Driver":
      return base(operation.to);
    case "Capture-FFU":
      return `${operation.drive} to ${base(operation.to)}`;
    case "Apply-FFU":
      return `${base(operation.file)} to ${operation.drive}`;
    case "Repair-Image":
      return operation.check;
    case "Commit-Image":
    case "Unmount-Image":
    case "Remount-Image":
    case "Cleanup-Mountpoints":
    case "Optimize-Image":
    case "Revert-PendingActions":
    case "Optimize-ProvisionedAppxPackages":
    case "Remove-DefaultAppAssociations":
      return "";
    case "Add-Driver":
    case "Remove-Driver":
      return base(operation.driver);
    case "Add-Package":
    case "Add-ProvisionedAppxPackage":
    case "Add-ProvisioningPackage":
      return base(operation.package);
    case "Remove-Package":
      return operation.identity;
    case "Remove-ProvisionedAppxPackage":
    case "Set-ProvisionedAppxDataFile":
      return operation.packageName;
    case "Enable-Feature":
    case "Disable-Feature":
      return operation.feature;
    case "Add-Capability":
    case "Remove-Capability":
      return operation.capability;
    case "Set-UILang":
    case "Set-SysLocale":
    case "Set-UserLocale":
    case "Set-AllIntl":
    case "Set-UILangFallback":
    case "Set-SKUIntlDefaults":
    case "Set-SetupUILang":
      return operation.language;
    case "Set-LayeredDriver":
      return String(operation.layeredDriver);
    case "Gen-LangINI":
      return base(operation.distribution);
    case "Set-ScratchSpace":
      return `${operation.megabytes} MB`;
    case "Set-ReservedStorageState":
      return operation.enabled ? "enabled" : "disabled";
    case "Set-InputLocale":
      return operation.locale;
    case "Set-PowerScheme":
      return operation.scheme;
    case "Set-TimeZone":
      return operation.timeZone;
    case "Set-Edition":
      return operation.edition;
    case "Set-ProductKey":
      return "";
    case "Apply-Unattend":
      return base(operation.answerFile);
    case "Cleanup-Image":
      return "";
    case "Copy-File":
    case "Write-File":
      return operation.to;
    case "Remove-File":
    case "Set-TargetPath":
      return operation.path;
    case "Set-Registry":
      return operation.name === undefined
        ? operation.key
        : `${operation.key} ${operation.name || "(default)"}`;
    case "Run-Installer":
      return base(operation.file);
    case "Set-Unattend":
      return [...new Set(operation.settings.map((setting) => setting.path[0] ?? setting.component))].join(
        ", ",
      );
  }
}

function base(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== "") ?? path;
}
