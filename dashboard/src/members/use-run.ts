import { useSyncExternalStore } from "react";
import type { Api } from "../api/client";
import { useApi } from "../api/use-api";
import { keep, kept } from "../common/kept";
import { useSubject } from "../common/use-draft";
import { type MemberRun, RunStore } from "./run-store";
import { changeAccounts, undoSuspensions } from "./use-members";

/** The name under which a run is stored. */
const KEPT = "member-run";

/** The run of the person who is signed in, no matter where in the page it began. */
export function useRun(): [RunStore, MemberRun | undefined] {
  const store = storeOf(useApi(), useSubject());
  return [store, useSyncExternalStore(store.subscribe, store.state)];
}

/** The stores, one for each person. They outlive the page's places. */
const stores = new WeakMap<Api, Map<string, RunStore>>();

function storeOf(api: Api, subject: string): RunStore {
  const ofApi = stores.get(api) ?? new Map<string, RunStore>();
  stores.set(api, ofApi);
  let store = ofApi.get(subject);
  if (!store) {
    store = new RunStore({
      send: (change, names) => changeAccounts(api, change, names),
      undo: (undo, names) => undoSuspensions(api, undo, names),
      wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      load: () => kept(subject, KEPT),
      save: (run) => keep(subject, KEPT, run && { ...run, problem: undefined }),
    });
    ofApi.set(subject, store);
  }
  return store;
}
