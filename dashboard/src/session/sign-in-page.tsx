import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { Navigate, useLocation } from "react-router";
import { useTitle } from "../shell/title";
import type { Reason } from "./session";
import { useSession } from "./use-session";

const REASONS: Record<Reason, { title: string; text: string; type: "error" | "warning" | "info" }> = {
  "account-suspended": {
    type: "error",
    title: "This account is suspended",
    text: "You can't sign in with this account. Ask a Company Administrator of your company to unsuspend it.",
  },
  "account-unknown": {
    type: "error",
    title: "This sign-in has no account",
    text: "Ask a Company Administrator of your company to have this sign-in added. If you have another account, use that one.",
  },
  unavailable: {
    type: "warning",
    title: "Sign-in is not possible at the moment",
    text: "Try again in a minute. Nothing was changed.",
  },
  "session-ended": {
    type: "info",
    title: "Your session has ended",
    text: "Sign in again to continue where you were.",
  },
  refused: {
    type: "warning",
    title: "Sign-in failed",
    text: "The sign-in was interrupted or took too long. Try again.",
  },
};

/** `/sign-in`: why a person isn't signed in, and how to continue. */
export function SignInPage(): ReactNode {
  const [session, state] = useSession();
  const place = (useLocation().state as { place?: unknown } | null)?.place;
  const reason = (state.status === "signed-out" && state.reason) || undefined;
  const otherAccount = reason === "account-suspended" || reason === "account-unknown";
  useTitle("Sign in");
  if (state.status === "signed-in") return <Navigate to="/" replace />;
  return (
    <SignedOut reason={reason} title="Sign in">
      <WaitingButton
        variant={otherAccount ? "normal" : "primary"}
        onClick={() => session.signIn(typeof place === "string" ? place : "/")}
      >
        {reason && reason !== "session-ended" ? "Try again" : "Sign in"}
      </WaitingButton>
      {otherAccount && (
        <WaitingButton variant="primary" onClick={() => session.signOut()}>
          Use another account
        </WaitingButton>
      )}
    </SignedOut>
  );
}

/** `/signed-out`: the address to which the issuer sends people after they sign out. */
export function SignedOutPage(): ReactNode {
  const [session] = useSession();
  useTitle("Signed out");
  return (
    <SignedOut title="You are signed out">
      <WaitingButton variant="primary" onClick={() => session.signIn("/")}>
        Sign in
      </WaitingButton>
    </SignedOut>
  );
}

function SignedOut(props: { title: string; reason?: Reason | undefined; children: ReactNode }): ReactNode {
  const reason = props.reason && REASONS[props.reason];
  return (
    <main className="centred">
      <div className="card">
        <Container header={<Header variant="h1">{props.title}</Header>}>
          <SpaceBetween size="l">
            {reason ? (
              <Alert type={reason.type} header={reason.title}>
                {reason.text}
              </Alert>
            ) : (
              <Box>Manage your company's API keys and members in the Company Dashboard.</Box>
            )}
            <SpaceBetween size="xs" direction="horizontal">
              {props.children}
            </SpaceBetween>
          </SpaceBetween>
        </Container>
      </div>
    </main>
  );
}

/** A button that leads to the issuer. It shows an error if the issuer can't be reached. */
function WaitingButton(props: {
  variant: "primary" | "normal";
  onClick: () => Promise<void>;
  children: string;
}): ReactNode {
  const [outcome, setOutcome] = useState<"waiting" | "failed">();
  const go = () => {
    setOutcome("waiting");
    props.onClick().catch(() => setOutcome("failed"));
  };
  return (
    <>
      <Button variant={props.variant} loading={outcome === "waiting"} loadingText="Signing in" onClick={go}>
        {props.children}
      </Button>
      {outcome === "failed" && (
        <Box color="text-status-error">
          <span role="alert">The sign-in page can't be reached. Check your connection and try again.</span>
        </Box>
      )}
    </>
  );
}
