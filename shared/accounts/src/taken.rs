//! Values of an edit that another account already has.

use domain::{
    account::{Account, AccountEdit, Edit, Identifying},
    identifiers::AccountRef,
};
use store::{Caller, Service, TableError};

/// Removes the values from an edit of this account that another account already has. Returns whether it removed any.
pub(crate) async fn ignore_taken_values(
    caller: Caller<'_>,
    service: &Service,
    edit: &mut AccountEdit,
    account: &Account,
) -> Result<bool, TableError> {
    let external_id = if let Edit::Set(id) = &edit.external_id { Some(id.clone()) } else { None };
    let mut taken = false;
    for (attribute, named) in [
        (Identifying::UserName, edit.user_name.clone().map(AccountRef::UserName)),
        (Identifying::Email, edit.email.clone().map(AccountRef::Email)),
        (Identifying::ExternalId, external_id.map(AccountRef::ExternalId)),
    ] {
        let Some(named) = named else { continue };
        let holder = service.tables.find_account(caller, &named).await?;
        if holder.is_some_and(|holder| holder.id != account.id) {
            edit.leave_alone(attribute);
            taken = true;
        }
    }
    Ok(taken)
}
