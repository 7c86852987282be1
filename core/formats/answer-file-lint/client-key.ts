/**
 * The generic keys of the page "Key Management Services (KMS) client activation and product keys", which are public and
 * activate nothing by themselves, by the edition id that each belongs to.
 */
const keysOf: Readonly<Record<string, string>> = {
  Professional:
    "W269N-WFGWX-YVC9B-4J6C9-T83GX GCRJD-8NW9H-F2CDX-CCM8D-9D6T9 NG4HW-VH26C-733KW-K6F98-J8CK4 FJ82H-XT6CR-J8D7P-XQJJ2-GPDD4",
  ProfessionalN:
    "MH37W-N47XK-V7XM9-C7227-GCQG9 HMCNV-VVBFX-7HMBH-CTY9B-B4FXY XCVCF-2NXM9-723PB-MHCB7-2RYQQ MRPKT-YTG23-K7D7T-X2JMM-QY7MG",
  ProfessionalWorkstation: "NRG8B-VKK3Q-CXVCJ-9G2XF-6Q84J",
  ProfessionalWorkstationN: "9FNHH-K3HBT-3W4TD-6383H-6XYWF",
  ProfessionalEducation: "6TP4R-GNPTD-KYYHQ-7B7DP-J447Y",
  ProfessionalEducationN: "YVWGF-BXNMC-HTQYQ-CPQ99-66QFC",
  Education: "NW6C2-QMPVW-D7KKK-3GKT6-VCFB2",
  EducationN: "2WH4N-8QGBV-H22JP-CT43Q-MDWWJ",
  Enterprise:
    "NPPR9-FWDCX-D2C8J-H872K-2YT43 MHF9N-XY6XB-WVXMC-BTDCT-MKKG7 32JNW-9KQ84-P47T8-D8GGY-CWCK7 33PXH-7Y6KF-2VJC9-XBBR8-HVTHH",
  EnterpriseN:
    "DPH2V-TTNVB-4X9Q3-TJR4H-KHJW4 TT4HM-HN7YT-62K67-RGRQJ-JFFXW JMNMF-RHW7P-DMY6X-RF3DR-X2BQT YDRBP-3D83W-TY26F-D46B2-XCKRJ",
  EnterpriseG: "YYVX9-NTFWV-6MDM3-9PT4T-4M68B",
  EnterpriseGN: "44RPN-FTY23-9VTTB-MP9BX-T84FV",
  EnterpriseS: "M7XTQ-FN8P6-TTKYV-9D4CC-J462D DCPHK-NFMTC-H88MJ-PFHPY-QJ4BJ WNMTR-4C88C-JK8YV-HQ7T2-76DF9",
  EnterpriseSN: "92NFX-8DJQP-P6BBQ-THF9C-7CG2H QFFDN-GRT3P-VKWWX-X7T3R-8B639 2F77B-TNFGY-69QQF-B8YKP-D69TJ",
  IoTEnterpriseS: "KBN8V-HFGQ4-MGXVD-347P6-PDQGT",
  ServerStandard:
    "TVRH6-WHNXV-R9WG3-9XRFY-MY832 VDYBN-27WPP-V4HQT-9VMD4-VMK7H N69G4-B89J2-4G8F4-WWYCC-J464C WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY D2N9P-3P6X9-2R39C-7RTCD-MDVJX XC9B7-NBPP2-83J2H-RHMBY-92BT4",
  ServerDatacenter:
    "D764K-2NDRG-47T6Q-P8T8W-YP6DF WX4NM-KYWYW-QJJR4-XV3QB-6VM33 WMDGN-G9PQG-XVVXX-R3X43-63DFG CB7KF-BWN84-R7R2Y-793K2-8XDDG W3GGN-FT8W3-Y4M27-J84CP-Q3VJ9 48HP8-DN98B-MYWDG-T2DCC-8W83P",
};

const editions: ReadonlyMap<string, string> = new Map(
  Object.entries(keysOf).flatMap(([edition, keys]) => keys.split(" ").map((key) => [key, edition] as const)),
);

/** The edition that a generic key belongs to; undefined for any other key. */
export function editionOfKey(key: string): string | undefined {
  return editions.get(key.trim().toUpperCase());
}
