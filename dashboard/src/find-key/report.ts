/** Reports the key in the variable `KEY`, which revokes it. `printf` is a part of bash, so no list of processes shows the key. */
export function reportCommand(apiAddress: string): string {
  return `printf '{"keys": ["%s"]}' "$KEY" | curl -i '${apiAddress}/leaks/v1/revoke' -H 'Content-Type: application/json' -d @-`;
}
