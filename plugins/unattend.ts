import { failure, type Plugin, type UnattendSetting } from "../core/index.ts";
import { checked, topics, type UnattendOptions } from "./unattend/options.ts";

export type { UnattendOptions } from "./unattend/options.ts";

/**
 * What Windows Setup asks and does on the device. Passes and names are those of the Unattended Windows Setup Reference.
 * Passwords are written in the hidden form, which is no encryption; secret("NAME") keeps them out of the config as well.
 */
export function unattend(options: UnattendOptions): Plugin {
  const wanted = checked(options);
  return {
    name: "unattend",
    apply(servicing) {
      servicing.hooks.modify.tapPromise("unattend", async (builder) => {
        for (const warning of warnings(wanted)) builder.warn(warning);
        if (wanted.answerFile !== undefined) {
          const answerFile = builder.resolve(wanted.answerFile);
          const { kind } = await builder.inspect(answerFile);
          if (kind !== "answer file") {
            const reason = `it is no answer file but: ${kind}`;
            throw failure("SERVICING_INPUT_UNREADABLE", { path: answerFile, reason });
          }
          builder.add({ type: "Apply-Unattend", answerFile, strategy: "setup" });
        }
        const asked = topics(wanted, builder);
        if (wanted.audit?.enter === true && asked.flat().some(isLeftOut)) {
          builder.warn("With unattend.audit.enter Windows leaves out what else the oobeSystem pass says");
        }
        for (const settings of asked) {
          if (settings.length > 0) builder.add({ type: "Set-Unattend", settings });
        }
      });
    },
  };
}

/** Whatever stands beside Reseal ("microsoft-windows-deployment-reseal-mode"). */
function isLeftOut({ pass, path }: UnattendSetting): boolean {
  return pass === "oobeSystem" && path[0] !== "Reseal";
}

function warnings(options: UnattendOptions): readonly string[] {
  const { domain } = options;
  const passwords = passwordsIn(options, "unattend");
  return [
    ...passwords
      .filter(({ plain }) => plain)
      .map(({ at }) => `${at} stands in the config as it is; secret("NAME") would keep it out`),
    ...passwords
      .filter(({ at }) => at.startsWith("unattend.domain."))
      .map(({ at }) => `${at} stands readable in the answer file, since Windows knows no hidden form of it`),
    ...(domain !== undefined && "blob" in domain
      ? ["unattend.domain.blob lets whoever reads the answer file take the computer's place in the domain"]
      : []),
  ];
}

/** Whatever is called a password, at any depth. */
function passwordsIn(
  value: unknown,
  at: string,
): readonly { readonly at: string; readonly plain: boolean }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    /password$/i.test(key)
      ? [{ at: `${at}.${key}`, plain: typeof inner === "string" }]
      : passwordsIn(inner, `${at}.${key}`),
  );
}
