import { useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { useSession } from "../session/use-session";
import { type Api, data, type Me } from "./client";
import { asProblem, type Problem } from "./problem";

export const ApiContext = createContext<Api | undefined>(undefined);

/** The API, called as the person who is signed in. */
export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error("no API around this component");
  return api;
}

export const ApiAddressContext = createContext("");

/** The API's address, for commands to paste. */
export function useApiAddress(): string {
  return useContext(ApiAddressContext);
}

/** The person who uses the page, as far as the API has said. */
export type Viewer =
  | { kind: "loading" }
  | { kind: "administrator"; me: Me }
  /** Signed in, but not a Company Administrator. */
  | { kind: "member" }
  | { kind: "failed"; problem: Problem; retry: () => void };

/** The person who uses the page. */
export function useViewer(): Viewer {
  const api = useApi();
  const [, session] = useSession();
  const subject = session.status === "signed-in" ? session.subject : "";
  const {
    data: me,
    error,
    refetch,
  } = useQuery({
    queryKey: ["me", subject],
    queryFn: () => data(api.GET("/admin/v1/me")),
    enabled: subject !== "",
  });
  if (me) return { kind: "administrator", me };
  if (!error) return { kind: "loading" };
  const problem = asProblem(error);
  if (problem.kind === "not-company-administrator") return { kind: "member" };
  return { kind: "failed", problem, retry: () => void refetch() };
}

/** The names of scopes. An unknown scope's name is its ID. */
export function useScopeTitle(): (id: string) => string {
  const viewer = useViewer();
  const scopes = viewer.kind === "administrator" ? viewer.me.scopes : [];
  return (id) => scopes.find((scope) => scope.id === id)?.title ?? id;
}
