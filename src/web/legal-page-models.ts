/** Somebody as the law has them named. */
export interface PlaceModel {
  readonly name: string;
  readonly address: string;
  readonly telephone?: string | undefined;
  readonly email?: string | undefined;
}

/** Who publishes a site. */
export interface PublisherModel extends PlaceModel {
  readonly registration?: string | undefined;
  readonly director: string;
}

/** What RGPD article 13 asks of whoever keeps personal data, but for durations and rights. */
export interface PersonalDataModel {
  readonly controller: PlaceModel;
  readonly dpo: { readonly email: string; readonly address?: string | undefined };
  readonly purposes: readonly { readonly purpose: string; readonly basis: string }[];
  readonly recipients: readonly string[];
  readonly transfers: string;
  readonly obligation: string;
  readonly automated: string;
}

/** How long one kind of data is kept: `privacy.kept.<name>` words it. */
export interface KeptFor {
  readonly name: string;
  readonly unit: "hours" | "days" | "months";
  readonly count: number;
}

/** The pages that the law asks for, by template. */
export interface LegalPageModels {
  readonly "web/privacy": {
    readonly kept: readonly KeptFor[];
    /** What the operator says, in the page's language; undefined while nobody has. */
    readonly said: PersonalDataModel | undefined;
  };
  readonly "web/legal": {
    readonly publisher: PublisherModel | undefined;
    readonly host: PlaceModel | undefined;
  };
  readonly "web/accessibility": {
    readonly state: "none" | "partial" | "full";
    /** Dates as they are shown. */
    readonly statement:
      | {
          readonly date: string;
          readonly audit: { readonly by: string; readonly date: string; readonly percent: number };
          readonly derogations: readonly string[];
          readonly contact: string;
        }
      | undefined;
  };
}
