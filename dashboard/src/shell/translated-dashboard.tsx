import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import type { ReactNode } from "react";
import Dashboard from "./dashboard";

/** The Company Dashboard with the texts of Cloudscape's tables, forms and dialogs, which the home page doesn't need. */
export default function TranslatedDashboard(): ReactNode {
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <Dashboard />
    </I18nProvider>
  );
}
