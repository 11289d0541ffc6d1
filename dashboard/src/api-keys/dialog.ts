import type { ApiKey } from "../api/client";
import { kept } from "../common/kept";
import type { CreateDraft } from "./draft";
import type { EditDraft } from "./edit-draft";
import type { NetworksEditDraft } from "./networks-dialog";
import type { RevokeDraft } from "./revoke-dialog";
import type { RevokeManyDraft } from "./revoke-many";
import type { RotateDraft } from "./rotate-draft";

/** The dialog that is open. This file is separate from the dialogs, because these load when somebody opens one. */
export type KeyDialog =
  | { kind: "create"; draft?: Partial<CreateDraft> }
  | { kind: "revoke"; key: ApiKey; unseen?: boolean }
  | { kind: "revoke-many"; keys: readonly ApiKey[] }
  | { kind: "edit"; key: ApiKey; scopes?: readonly string[] }
  | { kind: "networks"; key: ApiKey; added?: string | undefined }
  | { kind: KeyStep; key: ApiKey };

/** A dialog about nothing but a key. */
type KeyStep = "rotate" | "complete" | "cancel" | "hold" | "release" | "limit" | "release-limit";

/** The names under which the forms are stored. */
export const FORMS = {
  create: "create-key",
  revoke: "revoke-key",
  revokeMany: "revoke-keys",
  rotate: "rotate-key",
  edit: "edit-key",
  networks: "edit-networks",
} as const;

/**
 * The form that somebody was filling when the session ended or the page was reloaded. On a key's page, only a form about
 * this key.
 */
export function unfinished(subject: string, keyId?: string): KeyDialog | undefined {
  const isHere = (key: ApiKey | undefined): key is ApiKey =>
    key !== undefined && [key.keyId, undefined].includes(keyId);
  const revoke = kept(subject, FORMS.revoke) as RevokeDraft | undefined;
  if (isHere(revoke?.apiKey)) return { kind: "revoke", key: revoke.apiKey, unseen: revoke.unseen };
  const rotate = kept(subject, FORMS.rotate) as RotateDraft | undefined;
  if (isHere(rotate?.apiKey)) return { kind: "rotate", key: rotate.apiKey };
  if (keyId !== undefined) {
    const edit = kept(subject, FORMS.edit) as EditDraft | undefined;
    if (isHere(edit?.apiKey)) return { kind: "edit", key: edit.apiKey };
    const networks = kept(subject, FORMS.networks) as NetworksEditDraft | undefined;
    return isHere(networks?.apiKey) ? { kind: "networks", key: networks.apiKey } : undefined;
  }
  const many = kept(subject, FORMS.revokeMany) as RevokeManyDraft | undefined;
  if (many) return { kind: "revoke-many", keys: many.rows.map(({ key }) => key) };
  return kept(subject, FORMS.create) ? { kind: "create" } : undefined;
}
