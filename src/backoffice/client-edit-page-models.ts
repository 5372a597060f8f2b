import type { FormModel, PageOfOneLanguage } from "../web/index.ts";
import type { StaffEffect } from "./confirmation-page-models.ts";
import type { StaffFrame } from "./staff-frame.ts";

/** What the pages that edit a client receive. */
declare module "../web/page-models.ts" {
  interface PageModels {
    readonly "backoffice/staff-client-edit": {
      readonly staff: StaffFrame;
      /** `values.version`: what the client was when the fields were filled. */
      readonly form: FormModel;
      /** What the client is called. */
      readonly subject: string;
      /** The fields, in their order; their words are `client-setting.<name>`. */
      readonly settings: readonly {
        readonly name: string;
        readonly kind: "text" | "lines" | "truth" | readonly string[];
      }[];
      /** What is wrong, in the words of the command line, beside the field where it is mended. */
      readonly found: readonly {
        readonly field: string;
        readonly path: string;
        readonly rule: string;
        readonly found: string;
      }[];
      /** Whether the client registered itself, and may replace all of it. */
      readonly managesItself: boolean;
      readonly backUrl: string;
    };
    readonly "backoffice/staff-client-edit-preview": PageOfOneLanguage & {
      readonly staff: StaffFrame;
      /** Sends what was shown: `document` is the client's JSON, `version` what it was compared with. */
      readonly form: FormModel;
      readonly subject: string;
      readonly differences: readonly {
        readonly name: string;
        readonly before: string | undefined;
        readonly after: string | undefined;
      }[];
      /** The settings whose change voids what was issued. */
      readonly voidedBy: readonly string[];
      readonly secret: "kept" | "ended" | "made" | "none";
      readonly renamesPeople: boolean;
      readonly effects: readonly StaffEffect[];
      readonly backUrl: string;
    };
  }
}
