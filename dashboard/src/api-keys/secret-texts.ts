import type { Loss } from "../common/losses";

/** The texts around a secret that is shown once. */
export interface SecretTexts {
  header: string;
  /** Says that it is shown only now. */
  once: string;
  /** Says what to do with it. */
  store: string;
  /** Comes before the key's name. */
  label: string;
  noun: string;
  uncopied: Loss;
  /** Something else was copied after it. It is unknown whether the person pasted the secret before that. */
  replaced: Loss;
}

/** For a key that was created. */
export const API_KEY_TEXTS: SecretTexts = {
  header: "Your API key",
  once: "This API key is shown only now",
  store: "Copy the key and store it where your script or identity provider reads its secrets.",
  label: "API key",
  noun: "key",
  uncopied: {
    title: "You have not copied the API key",
    text: "After you leave, the key can't be shown again. If you lose the key, revoke it and create another.",
    leave: "Leave without copying",
    lostBy: "navigating",
  },
  replaced: {
    title: "Have you stored the API key?",
    text: "You copied something else after the key. After you leave, the key can't be shown again.",
    leave: "It is stored",
    lostBy: "navigating",
  },
};

/** For the new secret of a key that was rotated. */
export const NEW_SECRET_TEXTS: SecretTexts = {
  header: "The new secret of your API key",
  once: "This secret is shown only now",
  store: "Copy the new secret and put it in place of the current one.",
  label: "New secret of the API key",
  noun: "secret",
  uncopied: {
    title: "You have not copied the new secret",
    text: "After you leave, the secret can't be shown again. The current secret keeps working. If you lose the new one, replace it or cancel the rotation.",
    leave: "Leave without copying",
    lostBy: "navigating",
  },
  replaced: {
    title: "Have you stored the new secret?",
    text: "You copied something else after the secret. After you leave, the secret can't be shown again.",
    leave: "It is stored",
    lostBy: "navigating",
  },
};
