import { z } from "zod";
import {
  accessPageSchema,
  accessSchema,
  closingBody,
  openedSchema,
  openingBody,
} from "./access-schemas.ts";
import { accountPageSchema, accountSchema } from "./account-schemas.ts";
import { apiPath, apiScopes } from "./api-resource.ts";
import { establishmentsSchema } from "./establishment-operations.ts";
import type { Operation } from "./operation.ts";
import { requestPageSchema, requestSchema } from "./request-operations.ts";
import { type ProblemCode, problemSchema, problems } from "./problems.ts";

type Json = Readonly<Record<string, unknown>>;

const named = z.registry<{ id: string }>();
named.add(accessSchema, { id: "Access" });
named.add(accessPageSchema, { id: "AccessPage" });
named.add(openedSchema, { id: "Opened" });
named.add(openingBody, { id: "Opening" });
named.add(closingBody, { id: "Closing" });
named.add(requestSchema, { id: "AccessRequest" });
named.add(requestPageSchema, { id: "AccessRequestPage" });
named.add(accountSchema, { id: "Account" });
named.add(accountPageSchema, { id: "AccountPage" });
named.add(establishmentsSchema, { id: "Establishments" });
named.add(problemSchema, { id: "Problem" });

/** The problems that any operation may answer with. */
const common: readonly ProblemCode[] = [
  "token-required",
  "token-refused",
  "scope-missing",
  "parameters-invalid",
  "unavailable",
  "unexpected",
];

/** Those of an operation with a body. */
const ofBodies: readonly ProblemCode[] = [
  "body-unreadable",
  "body-too-large",
  "body-not-json",
  "fields-invalid",
  "key-used-otherwise",
  "request-under-way",
];

/** The API in OpenAPI 3.1, made of the validators that check its requests and of the list its routes are made of. */
export function openApiDocument(issuer: string, operations: readonly Operation[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const each of operations) {
    paths[each.path] = { ...paths[each.path], [each.method]: operationObject(each) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "auth.lopcommerce.com, management API",
      version: "1",
      description:
        "Opens, closes and lists accesses, and finds accounts. Ask the token endpoint for a token by client_credentials " +
        `with resource=${issuer}${apiPath}. Every error is application/problem+json (RFC 9457).`,
    },
    servers: [{ url: `${issuer}${apiPath}` }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        client: {
          type: "oauth2",
          flows: { clientCredentials: { tokenUrl: `${issuer}/token`, scopes: apiScopes } },
        },
      },
    },
  };
}

function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(named, { ...how, uri: componentPath });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema)]));
}

function operationObject(operation: Operation): Json {
  const { id, summary, scope, body, answers } = operation;
  const codes = [...common, ...(body ? ofBodies : []), ...operation.problems];
  return {
    operationId: id,
    summary,
    security: [{ client: scope ? [scope] : [] }],
    parameters: [
      ...parametersIn("path", z.object({ ...operation.pathParameters })),
      ...parametersIn("query", operation.query),
      ...(body ? [idempotencyKey] : []),
    ],
    ...(body && { requestBody: { required: true, content: content("application/json", body) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, [description, schema]]) => [
          status,
          { description, content: content("application/json", schema) },
        ]),
      ),
      ...problemResponses(codes),
    },
  };
}

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "Sent again with the same key and body within 24 hours, the request changes nothing and gets the same answer.",
  schema: { type: "string", minLength: 1, maxLength: 257 },
};

function parametersIn(place: "path" | "query", schema: z.ZodType): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, how);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

/** Each status once, with the titles of the problems that have it. */
function problemResponses(codes: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy(new Set(codes), (code) => problems[code][0]);
  return Object.fromEntries(
    [...byStatus].map(([status, found]) => {
      const description = found.map((code) => `${problems[code][1]} (\`${code}\`)`).join("; ");
      return [status, { description, content: content("application/problem+json", problemSchema) }];
    }),
  );
}

function content(type: string, schema: z.ZodType): Json {
  const id = named.get(schema)?.id;
  if (id === undefined) throw new Error("a schema of the document has no name");
  return { [type]: { schema: { $ref: componentPath(id) } } };
}

function componentPath(id: string): string {
  return `#/components/schemas/${id}`;
}

const how = {
  io: "input",
  target: "draft-2020-12",
  // The format says it; the expression of every leap year helps nobody.
  override: ({ jsonSchema }: { readonly jsonSchema: { format?: string; pattern?: string } }) => {
    if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  },
} as const;

/** In the document a component has no address of its own. */
function plain(schema: Json): Json {
  return Object.fromEntries(
    Object.entries(schema).filter(([name]) => name !== "$id" && name !== "$schema"),
  );
}
