import { type ComponentType, createElement, type ReactNode, useEffect, useState } from "react";

/** What is shown in place of a part of the page. */
export interface Substitutes<P> {
  /** While it loads. */
  loading: ReactNode | ((props: P) => ReactNode);
  /** After it could not be loaded. */
  missing: (retry: () => void, props: P) => ReactNode;
}

/**
 * A part of the page that loads when it is first shown. If that fails, it is tried again when the browser is online
 * again, when somebody asks for it, and the next time it is shown. `React.lazy` would fail for good.
 */
export function part<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  { loading, missing }: Substitutes<P>,
): ComponentType<P> {
  let found: ComponentType<P> | undefined;
  return function Part(props: P): ReactNode {
    const [component, setComponent] = useState(() => found);
    const [failed, setFailed] = useState(false);
    const [attempt, setAttempt] = useState(0);
    useEffect(() => {
      let shown = true;
      load().then(
        (module) => {
          found = module.default;
          if (shown) setComponent(() => module.default);
        },
        () => shown && setFailed(true),
      );
      return () => {
        shown = false;
      };
    }, [attempt]);
    const retry = () => {
      setFailed(false);
      setAttempt((attempt) => attempt + 1);
    };
    useEffect(() => {
      if (!failed) return;
      window.addEventListener("online", retry);
      return () => window.removeEventListener("online", retry);
    }, [failed]);
    if (component) return createElement(component, props);
    if (failed) return missing(retry, props);
    return typeof loading === "function" ? loading(props) : loading;
  };
}
