import { type ReactNode, useRef } from "react";
import { Link } from "react-router";
import { useViewer } from "../api/use-api";
import { useQuestion } from "../common/leaving";
import { giveUp, lossesBy } from "../common/losses";
import { isolated, Outside } from "../common/outside";
import { useSession } from "../session/use-session";
import { initials } from "./initials";

/** The avatar, and the menu that it opens. */
export function AccountMenu(): ReactNode {
  const [session, state] = useSession();
  const viewer = useViewer();
  const menu = useRef<HTMLDivElement>(null);
  const email = state.status === "signed-in" ? state.email : "";
  const name = viewer.kind === "administrator" ? viewer.me.account.name : email;
  const [ask, question] = useQuestion();
  const close = () => menu.current?.hidePopover();
  const signOut = () => {
    close();
    ask(lossesBy("signing-out")[0], () => {
      giveUp("signing-out");
      void session.signOut();
    });
  };
  return (
    <div className="account">
      <button
        type="button"
        className="avatar"
        popoverTarget="account-menu"
        aria-haspopup="true"
        aria-label={`Account: ${isolated(name)}`}
        title={isolated(name)}
        data-initials={initials(name)}
      />
      <div id="account-menu" className="account-menu" popover="auto" ref={menu}>
        <div className="account-who">
          <strong>
            <Outside>{name}</Outside>
          </strong>
          {name !== email && (
            <span>
              <Outside>{email}</Outside>
            </span>
          )}
          {viewer.kind === "administrator" && (
            <span>
              Company Administrator, <Outside>{viewer.me.company.name}</Outside>
            </span>
          )}
          {viewer.kind === "member" && <span>Member</span>}
        </div>
        <nav aria-label="Account">
          <ul>
            <li>
              <Link to="/" onClick={close}>
                Home
              </Link>
            </li>
            {viewer.kind === "administrator" && (
              <li>
                <Link to="/dashboard/api-keys" onClick={close}>
                  Company Dashboard
                </Link>
              </li>
            )}
            <li>
              <button type="button" onClick={signOut}>
                Sign out
              </button>
            </li>
          </ul>
        </nav>
      </div>
      {question}
    </div>
  );
}
