import { bannerIn } from "./dism-output/banner.ts";
import { driverIn, driversIn } from "./dism-output/driver.ts";
import { errorIn } from "./dism-output/error.ts";
import { imageIn, imagesIn, mountedImagesIn } from "./dism-output/image.ts";
import {
  capabilitiesIn,
  capabilityIn,
  featureIn,
  featuresIn,
  packageIn,
  packagesIn,
} from "./dism-output/package.ts";
import {
  appsIn,
  associationsIn,
  componentStoreIn,
  editionIn,
  healthIn,
  internationalIn,
  peSettingsIn,
  targetEditionsIn,
} from "./dism-output/setting.ts";

/**
 * What DISM prints, as data: `dismOutput.packages(text)` for `/Get-Packages`. Whatever the language and date format of its host;
 * numbers and dates that have no fixed form stay texts. What a text does not say is absent.
 */
export const dismOutput = {
  banner: bannerIn,
  error: errorIn,
  images: imagesIn,
  image: imageIn,
  mountedImages: mountedImagesIn,
  packages: packagesIn,
  package: packageIn,
  features: featuresIn,
  feature: featureIn,
  capabilities: capabilitiesIn,
  capability: capabilityIn,
  drivers: driversIn,
  driver: driverIn,
  apps: appsIn,
  international: internationalIn,
  edition: editionIn,
  targetEditions: targetEditionsIn,
  componentStore: componentStoreIn,
  health: healthIn,
  peSettings: peSettingsIn,
  associations: associationsIn,
} as const;
