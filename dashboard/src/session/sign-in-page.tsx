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
    text: "You can't sign in with it. A Company Administrator of your company knows why and can unsuspend it.",
  },
  "account-unknown": {
    type: "error",
    title: "No account is bound to this sign-in",
    text: "A Company Administrator of your company can have it added. If you have another account, use that one.",
  },
  unavailable: {
    type: "warning",
    title: "Signing in is not possible at the moment",
    text: "Try again in a minute. Nothing was changed.",
  },
  "session-ended": {
    type: "info",
    title: "Your session has ended",
    text: "Sign in again to continue where you were.",
  },
  refused: {
    type: "warning",
    title: "Signing in did not succeed",
    text: "The sign-in was interrupted or took too long. Try again.",
  },
};

/** `/sign-in`: why somebody isn't signed in, and the way on. */
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

/** `/signed-out`: where the issuer leads after signing out. */
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
              <Box>The Company Dashboard is where your company's API keys and members are managed.</Box>
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

/** A button that leads to the issuer, and says so where the issuer can't be reached. */
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
