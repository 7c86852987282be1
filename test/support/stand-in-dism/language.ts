/** The languages that the stand-in's Windows can have. Its sentences are made for the tests, after what DISM says. */
export type Language = "en" | "de" | "fr" | "ja";

type Other = Exclude<Language, "en">;

/** What is printed in the host's language unless `/English` is given. */
const labels: Readonly<Record<string, Readonly<Record<Other, string>>>> = {
  "Deployment Image Servicing and Management tool": {
    de: "Tool zur Imageverwaltung für die Bereitstellung",
    fr: "Outil Gestion et maintenance des images de déploiement",
    ja: "展開イメージのサービスと管理ツール",
  },
  Version: { de: "Version", fr: "Version", ja: "バージョン" },
  "Image Version": { de: "Abbildversion", fr: "Version de l’image", ja: "イメージのバージョン" },
  Error: { de: "Fehler", fr: "Erreur", ja: "エラー" },
  "The operation completed successfully.": {
    de: "Der Vorgang wurde erfolgreich beendet.",
    fr: "L’opération a réussi.",
    ja: "操作は正常に完了しました。",
  },
  "Mounted images": { de: "Bereitgestellte Abbilder", fr: "Images montées", ja: "マウントされたイメージ" },
  "Mount Dir": { de: "Bereitstellungsverzeichnis", fr: "Répertoire de montage", ja: "マウント ディレクトリ" },
  "Image File": { de: "Abbilddatei", fr: "Fichier image", ja: "イメージ ファイル" },
  "Image Index": { de: "Abbildindex", fr: "Index de l’image", ja: "イメージ インデックス" },
  "Mounted Read/Write": {
    de: "Bereitstellung mit Lese-/Schreibzugriff",
    fr: "Monté en lecture/écriture",
    ja: "読み取り/書き込み可能でマウント",
  },
  Status: { de: "Status", fr: "État", ja: "状態" },
  State: { de: "Status", fr: "État", ja: "状態" },
  Yes: { de: "Ja", fr: "Oui", ja: "はい" },
  No: { de: "Nein", fr: "Non", ja: "いいえ" },
  Ok: { de: "OK", fr: "Ok", ja: "OK" },
  Installed: { de: "Installiert", fr: "Installé", ja: "インストール済み" },
  Enabled: { de: "Aktiviert", fr: "Activé", ja: "有効" },
  Disabled: { de: "Deaktiviert", fr: "Désactivé", ja: "無効" },
  "Package Identity": { de: "Paketidentität", fr: "Identité de package", ja: "パッケージ ID" },
  "Feature Name": { de: "Featurename", fr: "Nom de la fonctionnalité", ja: "機能名" },
};

/** What Windows itself says of an error: in its own language even with `/English`. */
const messages: Readonly<Record<number, Readonly<Record<Language, string>>>> = {
  2: {
    en: "The system cannot find the file specified.",
    de: "Das System kann die angegebene Datei nicht finden.",
    fr: "Le fichier spécifié est introuvable.",
    ja: "指定されたファイルが見つかりません。",
  },
  5: {
    en: "Access is denied.",
    de: "Zugriff verweigert",
    fr: "Accès refusé.",
    ja: "アクセスが拒否されました。",
  },
  740: {
    en: "Elevated permissions are required to run DISM.",
    de: "Zum Ausführen von DISM sind erhöhte Rechte erforderlich.",
    fr: "Des autorisations élevées sont requises pour exécuter DISM.",
    ja: "DISM を実行するには、昇格されたアクセス許可が必要です。",
  },
};

export function labelIn(language: Language, label: string): string {
  return language === "en" ? label : (labels[label]?.[language] ?? label);
}

export function messageIn(language: Language, code: number): string | undefined {
  return messages[code]?.[language];
}
