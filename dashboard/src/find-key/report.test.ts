import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { EXAMPLE } from "./key-fixture";
import { reportCommand } from "./report";

test("the command reports the key in the variable, and no process has the key in its arguments", () => {
  const command = reportCommand("https://api.example");
  // `curl` is replaced by a function that shows its arguments and its input.
  const script = `curl() { printf '%s\\n' "$@"; cat; }; ${command}`;
  const said = execFileSync("bash", ["-c", script], {
    env: { ...process.env, KEY: EXAMPLE },
    encoding: "utf8",
  });
  const [sent, ...args] = said.trimEnd().split("\n").toReversed();
  expect(JSON.parse(sent ?? "")).toEqual({ keys: [EXAMPLE] });
  expect(args).toContain("https://api.example/leaks/v1/revoke");
  expect(args.join(" ")).not.toContain(EXAMPLE);
});
