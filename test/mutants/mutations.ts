import ts from "typescript";

/** One small change of a source file. */
export interface Mutation {
  /** Where it begins and ends, in UTF-16 units of the source. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** What was changed, in a word: `comparison`, `statement`… */
  readonly kind: string;
  /** The line it stands on, from 1. */
  readonly line: number;
}

/** Operators that are put in place of others. */
const operators: ReadonlyMap<ts.SyntaxKind, readonly [kind: string, replacement: string]> = new Map(
  [
    [ts.SyntaxKind.LessThanToken, ["boundary", "<="]],
    [ts.SyntaxKind.LessThanEqualsToken, ["boundary", "<"]],
    [ts.SyntaxKind.GreaterThanToken, ["boundary", ">="]],
    [ts.SyntaxKind.GreaterThanEqualsToken, ["boundary", ">"]],
    [ts.SyntaxKind.EqualsEqualsEqualsToken, ["equality", "!=="]],
    [ts.SyntaxKind.ExclamationEqualsEqualsToken, ["equality", "==="]],
    [ts.SyntaxKind.AmpersandAmpersandToken, ["logic", "||"]],
    [ts.SyntaxKind.BarBarToken, ["logic", "&&"]],
    [ts.SyntaxKind.PlusToken, ["arithmetic", "-"]],
    [ts.SyntaxKind.MinusToken, ["arithmetic", "+"]],
    [ts.SyntaxKind.AsteriskToken, ["arithmetic", "/"]],
    [ts.SyntaxKind.SlashToken, ["arithmetic", "*"]],
  ],
);

/** Methods that are easily taken for each other. */
const methods: Readonly<Record<string, string>> = {
  every: "some",
  some: "every",
  min: "max",
  max: "min",
  startsWith: "endsWith",
  endsWith: "startsWith",
  where: "whereNot",
  whereNull: "whereNotNull",
  whereNotNull: "whereNull",
};

/**
 * Every change that is tried on a file: a comparison one off, a condition turned round, a statement left out, a number one
 * more. What only types or words say is left alone.
 */
export function mutationsOf(path: string, text: string): Mutation[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Mutation[] = [];
  const add = (node: ts.Node, kind: string, replacement: string) => {
    const start = node.getStart(source);
    const line = source.getLineAndCharacterOfPosition(start).line + 1;
    found.push({ start, end: node.getEnd(), replacement, kind, line });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node))
      return;
    mutate(node, source, add);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

type Add = (node: ts.Node, kind: string, replacement: string) => void;

function mutate(node: ts.Node, source: ts.SourceFile, add: Add): void {
  if (ts.isBinaryExpression(node)) mutateBinary(node, add);
  else if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === ts.SyntaxKind.ExclamationToken)
      add(node, "negation", node.operand.getText(source));
  } else if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, "boolean", "false");
  else if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, "boolean", "true");
  else if (ts.isNumericLiteral(node)) add(node, "number", `(${node.text} + 1)`);
  else if (ts.isConditionalExpression(node)) {
    add(node.condition, "condition", "true");
    add(node.condition, "condition", "false");
  } else if (ts.isIfStatement(node)) {
    add(node.expression, "condition", "true");
    add(node.expression, "condition", "false");
  } else if (ts.isExpressionStatement(node)) mutateStatement(node, add);
  else if (ts.isPropertyAccessExpression(node)) {
    const other = Object.hasOwn(methods, node.name.text) ? methods[node.name.text] : undefined;
    if (other !== undefined && ts.isCallExpression(node.parent)) add(node.name, "method", other);
  }
}

function mutateBinary({ operatorToken, left, right }: ts.BinaryExpression, add: Add): void {
  const other = operators.get(operatorToken.kind);
  // Words that are put together are no sums.
  const isText = [left, right].some((each) => ts.isStringLiteralLike(each));
  if (other && !(operatorToken.kind === ts.SyntaxKind.PlusToken && isText))
    add(operatorToken, ...other);
}

function mutateStatement(node: ts.ExpressionStatement, add: Add): void {
  const { expression } = node;
  const inner = ts.isAwaitExpression(expression) ? expression.expression : expression;
  if (ts.isCallExpression(inner) && inner.expression.kind !== ts.SyntaxKind.SuperKeyword)
    add(node, "statement", ";");
}
