import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";

/** A message about something that happened. It is shown until somebody dismisses it. */
export type Notification = Omit<FlashbarProps.MessageDefinition, "id" | "dismissible" | "onDismiss">;

interface Notifications {
  notify: (notification: Notification) => void;
  clear: () => void;
}

const Context = createContext<Notifications>({ notify: () => undefined, clear: () => undefined });

/** The functions that show and remove notifications. */
export function useNotifications(): Notifications {
  return useContext(Context);
}

/** Stores the notifications of the pages inside, and passes them to the component that shows them. */
export function WithNotifications(props: { children: (flashbar: ReactNode) => ReactNode }): ReactNode {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const dismiss = useCallback(
    (id: string) => setItems((items) => items.filter((item) => item.id !== id)),
    [],
  );
  const value = useMemo(
    () => ({
      notify(notification: Notification) {
        const id = crypto.randomUUID();
        const item = {
          ...notification,
          id,
          dismissible: true,
          dismissLabel: "Dismiss",
          onDismiss: () => dismiss(id),
        };
        setItems((items) => [item, ...items.slice(0, 3)]);
      },
      clear: () => setItems([]),
    }),
    [dismiss],
  );
  return (
    <Context value={value}>
      {props.children(<Flashbar items={items} stackItems={items.length > 2} />)}
    </Context>
  );
}
