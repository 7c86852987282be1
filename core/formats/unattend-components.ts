import type { Pass } from "./unattend-passes.ts";

/* Generated from unattend-passes-data.ts by test/unit/unattend-components.test.ts with UPDATE_GOLDEN=1. */

/** Components of answer files, and the passes in which any of their settings is valid. */
export interface ComponentPasses {
  "Microsoft-Windows-Audio-AudioCore": "specialize";
  "Microsoft-Windows-Audio-VolumeControl": "specialize";
  "Microsoft-Windows-BLB-WSB-Online-Main": "specialize" | "oobeSystem";
  "Microsoft-Windows-BrowserService": "generalize";
  "Microsoft-Windows-CodeIntegrity": "offlineServicing";
  "Microsoft-Windows-CoreMmRes": "generalize" | "specialize" | "auditSystem" | "auditUser" | "oobeSystem";
  "Microsoft-Windows-DNS-Client": "specialize";
  "Microsoft-Windows-Deployment": "generalize" | "specialize" | "auditSystem" | "auditUser" | "oobeSystem";
  "Microsoft-Windows-DeviceAccess": "specialize";
  "Microsoft-Windows-DeviceGuard-Unattend": "offlineServicing";
  "Microsoft-Windows-DiagCpl": "offlineServicing" | "generalize" | "specialize";
  "Microsoft-Windows-Disk-Failure-Diagnostic-Module": "offlineServicing" | "generalize" | "specialize";
  "Microsoft-Windows-Embedded-BootExp": "specialize" | "oobeSystem";
  "Microsoft-Windows-Embedded-EmbeddedLogon": "offlineServicing" | "specialize";
  "Microsoft-Windows-Embedded-KeyboardFilterService": "offlineServicing";
  "Microsoft-Windows-Embedded-ShellLauncher": "oobeSystem";
  "Microsoft-Windows-Embedded-UnifiedWriteFilter": "specialize";
  "Microsoft-Windows-EnhancedStorage-Adm": "specialize";
  "Microsoft-Windows-ErrorReportingCore": "specialize";
  "Microsoft-Windows-Fax-Service": "specialize";
  "Microsoft-Windows-GPIOButtons": "offlineServicing" | "specialize";
  "Microsoft-Windows-HelpAndSupport": "specialize" | "oobeSystem";
  "Microsoft-Windows-IE-ClientNetworkProtocolImplementation": "oobeSystem";
  "Microsoft-Windows-IE-ESC": "specialize";
  "Microsoft-Windows-IE-InternetExplorer": "specialize";
  "Microsoft-Windows-International-Core": "specialize" | "oobeSystem";
  "Microsoft-Windows-International-Core-WinPE": "windowsPE";
  "Microsoft-Windows-LUA-Settings": "offlineServicing";
  "Microsoft-Windows-MapControl-Desktop": "specialize" | "oobeSystem";
  "Microsoft-Windows-MediaPlayer-Core": "offlineServicing";
  "Microsoft-Windows-MicrosoftEdgeBrowser": "specialize";
  "Microsoft-Windows-MobilePC-Sensors-API": "specialize";
  "Microsoft-Windows-NetBT": "specialize";
  "Microsoft-Windows-NetworkBridge": "generalize";
  "Microsoft-Windows-NetworkLoadBalancing-Core": "specialize";
  "Microsoft-Windows-OutOfBoxExperience": "generalize" | "specialize";
  "Microsoft-Windows-PartitionManager": "offlineServicing";
  "Microsoft-Windows-PnpCustomizationsNonWinPE": "offlineServicing" | "auditSystem";
  "Microsoft-Windows-PnpCustomizationsWinPE": "windowsPE";
  "Microsoft-Windows-PnpSysprep": "generalize";
  "Microsoft-Windows-Printing-Spooler-Core": "specialize";
  "Microsoft-Windows-RasServer": "specialize";
  "Microsoft-Windows-RemoteAssistance-Exe": "specialize";
  "Microsoft-Windows-SHWebSVC": "oobeSystem";
  "Microsoft-Windows-SMBServer": "generalize";
  "Microsoft-Windows-SNMP-Agent-Service": "generalize" | "specialize";
  "Microsoft-Windows-SQMAPI": "specialize";
  "Microsoft-Windows-STObject": "generalize" | "specialize";
  "Microsoft-Windows-SecureStartup-FilterDriver":
    | "offlineServicing"
    | "specialize"
    | "auditSystem"
    | "oobeSystem";
  "Microsoft-Windows-Security-SPP": "generalize";
  "Microsoft-Windows-Security-SPP-UX": "specialize";
  "Microsoft-Windows-Security-SPP-UX-SPPCC": "specialize" | "auditSystem" | "oobeSystem";
  "Microsoft-Windows-ServerManager-SvrMgrNc": "generalize" | "specialize";
  "Microsoft-Windows-Setup": "windowsPE";
  "Microsoft-Windows-SharedAccess": "generalize";
  "Microsoft-Windows-Shell-Setup": Pass;
  "Microsoft-Windows-StorPort-RegistrySettings": "specialize" | "auditSystem" | "auditUser" | "oobeSystem";
  "Microsoft-Windows-SystemMaintenanceService": "specialize";
  "Microsoft-Windows-SystemRestore-Main": "specialize";
  "Microsoft-Windows-SystemSettingsThreshold": "generalize" | "specialize";
  "Microsoft-Windows-TAPISetup": "specialize";
  "Microsoft-Windows-TCPIP": "windowsPE" | "specialize";
  "Microsoft-Windows-TPM-Tasks-ClearTpm": "specialize";
  "Microsoft-Windows-TabletPC-Platform-Input-Core": "offlineServicing" | "specialize" | "oobeSystem";
  "Microsoft-Windows-TerminalServices-CentralPublishing": "oobeSystem";
  "Microsoft-Windows-TerminalServices-LicenseServer": "oobeSystem";
  "Microsoft-Windows-TerminalServices-LocalSessionManager": "offlineServicing" | "generalize" | "specialize";
  "Microsoft-Windows-TerminalServices-Publishing-WMIProvider":
    | "offlineServicing"
    | "generalize"
    | "specialize";
  "Microsoft-Windows-TerminalServices-RDP-WinStationExtensions": "generalize" | "specialize";
  "Microsoft-Windows-TerminalServices-RemoteConnectionManager":
    | "offlineServicing"
    | "generalize"
    | "specialize";
  "Microsoft-Windows-TwinUI": "offlineServicing";
  "Microsoft-Windows-TwinUI-Hide": "offlineServicing" | "specialize" | "oobeSystem";
  "Microsoft-Windows-UnattendedJoin": "offlineServicing" | "specialize";
  "Microsoft-Windows-WDF-Kernel Library": "offlineServicing";
  "Microsoft-Windows-WPD-BusEnumService": "specialize";
  "Microsoft-Windows-WiFiNetworkManager": "offlineServicing" | "specialize" | "oobeSystem";
  "Microsoft-Windows-WinRE-RecoveryAgent": "oobeSystem";
  "Microsoft-Windows-Wlansvc": "windowsPE" | "offlineServicing" | "specialize" | "oobeSystem";
  "Microsoft-Windows-WorkstationService": "generalize" | "specialize";
  "Microsoft-Windows-WwanUI": "generalize" | "specialize";
  "Microsoft-Windows-powercpl": "generalize" | "specialize";
  "Networking-MPSSVC-Svc": "specialize";
  "Security-Malware-Windows-Defender": "offlineServicing" | "specialize" | "oobeSystem";
}

/** The uppermost settings of those components whose settings differ in their passes. */
export interface SettingPasses {
  "Microsoft-Windows-Deployment": {
    AuditComputerName: "auditSystem";
    DeviceForm: "generalize" | "specialize" | "auditSystem" | "oobeSystem";
    DuplicatorDescription: "generalize";
    ExtendOSPartition: "generalize" | "specialize" | "auditSystem" | "oobeSystem";
    Generalize: "auditUser";
    Reseal: "auditSystem" | "auditUser" | "oobeSystem";
    RunAsynchronous: "specialize" | "auditUser";
    RunSynchronous: "specialize" | "auditUser";
  };
  "Microsoft-Windows-Shell-Setup": {
    AutoLogon: "specialize" | "auditSystem" | "oobeSystem";
    BluetoothTaskbarIconEnabled:
      | "offlineServicing"
      | "generalize"
      | "specialize"
      | "auditUser"
      | "oobeSystem";
    ComputerName: "offlineServicing" | "specialize";
    ConvertibleSlateModePromptPreference:
      | "windowsPE"
      | "offlineServicing"
      | "generalize"
      | "specialize"
      | "auditSystem"
      | "oobeSystem";
    CopyProfile: "specialize";
    DesktopOptimization: "offlineServicing" | "specialize" | "oobeSystem";
    DisableAutoDaylightTimeSet: "specialize" | "auditSystem" | "oobeSystem";
    Display: "specialize" | "auditSystem" | "auditUser" | "oobeSystem";
    EnableStartMenu: "offlineServicing" | "generalize" | "specialize" | "auditSystem" | "oobeSystem";
    FirstLogonCommands: "oobeSystem";
    FolderLocations: "oobeSystem";
    LogonCommands: "oobeSystem";
    NotificationArea: "specialize";
    OEMInformation: "offlineServicing" | "generalize" | "specialize" | "auditUser" | "oobeSystem";
    OEMName: "specialize";
    OOBE: "oobeSystem";
    OfflineUserAccounts: "offlineServicing";
    ProductKey: "specialize";
    RegionalOverrides: "specialize" | "auditUser" | "oobeSystem";
    RegisteredOrganization: "offlineServicing" | "generalize" | "specialize" | "auditUser" | "oobeSystem";
    RegisteredOwner: "offlineServicing" | "generalize" | "specialize" | "auditUser" | "oobeSystem";
    ShowPowerButtonOnStartScreen: "specialize" | "auditUser" | "oobeSystem";
    SignInMode: "windowsPE" | "offlineServicing" | "generalize" | "specialize" | "auditSystem" | "oobeSystem";
    StartTiles: "specialize" | "auditUser" | "oobeSystem";
    StartTilesRegionalOverrides: "specialize" | "auditUser" | "oobeSystem";
    TaskbarLinks: "specialize" | "auditUser" | "oobeSystem";
    Themes: "specialize" | "auditSystem" | "auditUser" | "oobeSystem";
    TimeZone: "specialize" | "auditSystem" | "oobeSystem";
    UserAccounts: "auditSystem" | "oobeSystem";
    VisualEffects: "oobeSystem";
    WindowsFeatures: "specialize" | "auditSystem" | "auditUser" | "oobeSystem";
  };
  "Microsoft-Windows-TabletPC-Platform-Input-Core": {
    AssociationData: "offlineServicing";
    HandwritingPanelDockedModeSet: "offlineServicing" | "specialize" | "oobeSystem";
    LinearityData: "offlineServicing";
    MultiTouchEnabled: "offlineServicing";
    PanningDisabled: "offlineServicing";
    TouchGate: "offlineServicing";
    TouchKeyboardAutoInvokeEnabled: "offlineServicing" | "specialize" | "oobeSystem";
  };
  "Microsoft-Windows-UnattendedJoin": {
    Identification: "specialize";
    OfflineIdentification: "offlineServicing";
  };
  "Microsoft-Windows-Wlansvc": {
    CoexistenceSupport: "offlineServicing" | "specialize" | "oobeSystem";
    NumAntennaConnected: "offlineServicing" | "specialize" | "oobeSystem";
    RadioLocation: "windowsPE" | "specialize";
    SimultaneousMultiChannelSupported: "offlineServicing" | "specialize" | "oobeSystem";
    WLANFunctionLevelDeviceResetSupported: "offlineServicing" | "specialize" | "oobeSystem";
    WLANPlatformLevelDeviceResetSupported: "offlineServicing" | "specialize" | "oobeSystem";
  };
  "Microsoft-Windows-WorkstationService": {
    AllowInsecureGuestAuth: "generalize";
    OtherDomains: "generalize";
    SyncDomainWithMembership: "specialize";
  };
}
