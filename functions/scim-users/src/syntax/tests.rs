use super::*;

fn read(text: &str) -> Result<Vec<(String, Option<String>, Value)>, Unreadable> {
    let comparisons = filter(text)?.into_iter();
    Ok(comparisons.map(|c| (c.attribute.name, c.attribute.part, c.value)).collect())
}

#[test]
fn filters() {
    let one = |name: &str, part: Option<&str>, value: &str| {
        (name.to_owned(), part.map(str::to_owned), Value::from(value))
    };
    for (text, expected) in [
        (r#"userName eq "Ada""#, vec![one("username", None, "Ada")]),
        (r#" USERNAME  EQ  "a \"b\" \\ c" "#, vec![one("username", None, r#"a "b" \ c"#)]),
        (r#"emails.value eq "x""#, vec![one("emails", Some("value"), "x")]),
        (
            r#"emails[type eq "work"].value eq "x""#,
            vec![one("emails", Some("type"), "work"), one("emails", Some("value"), "x")],
        ),
        (
            r#"emails[type eq "work" and value eq "x"] AND (id eq "7")"#,
            vec![
                one("emails", Some("type"), "work"),
                one("emails", Some("value"), "x"),
                one("id", None, "7"),
            ],
        ),
        (
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "\u0041""#,
            vec![one("username", None, "A")],
        ),
    ] {
        assert_eq!(read(text), Ok(expected), "{text}");
    }
    let and = filter(r"active eq true and(active eq false)").expect("readable");
    assert_eq!(and.iter().map(|c| c.value.clone()).collect::<Vec<_>>(), [true.into(), Value::from(false)]);
    assert_eq!(filter("a eq -1.5e3").expect("readable")[0].value, -1500.0);
}

#[test]
fn unsupported_filters_are_refused() {
    let deep = format!("{}id eq \"7\"{}", "(".repeat(20), ")".repeat(20));
    let long = vec!["id eq \"7\""; 40].join(" and ");
    for text in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq Ada",
        r#"userName eq "Ada"#,
        r#"userName eq "Ada" or id eq "7""#,
        r#"not (userName eq "Ada")"#,
        r#"userName co "Ada""#,
        "userName pr",
        r#"userName eq "Ada" and"#,
        r#"userName eq "Ada") "#,
        r#"(userName eq "Ada""#,
        r#"emails[type eq "work".value eq "x""#,
        r#"emails[type eq "work"].value"#,
        r#"emails.value[type eq "work"]"#,
        r#"emails[type[a eq "b"] eq "work"]"#,
        r#"1a eq "x""#,
        r#"a..b eq "x""#,
        r#"userNameeq"x""#,
        r#"userName eq {"a":1}"#,
        r#"ü eq "x""#,
        &deep,
        &long,
        &"x".repeat(3_000),
    ] {
        assert!(filter(text).is_err(), "{text}");
    }
}

#[test]
fn paths() {
    let read = path(r#"emails[type eq "work"].value"#).expect("readable");
    assert!(read.attribute.is("emails", Some("value")));
    assert!(matches!(&read.selection, Selection::All(all) if all.len() == 1));
    assert!(path("name.givenName").expect("readable").attribute.is("name", Some("givenname")));
    let core = path("urn:ietf:params:scim:schemas:core:2.0:user:Active").expect("readable");
    assert!(core.attribute.is("active", None));
    assert!(path(&format!("{USER}.active")).expect("readable").attribute.is("active", None));
    for text in [
        r#"emails[type ne "work"]"#,
        r#"roles[value co "x" or not (display pr)].value"#,
        r#"groups[value gt 5 and (a.b sw "]" or c[d lt 1] )]"#,
    ] {
        assert_eq!(path(text).expect("readable").selection, Selection::Unsupported, "{text}");
    }
    for text in
        ["http://acme.example/schema:attr", "urn:x:%20y(z):attr", &format!("urn:{}:a", "x".repeat(5_000))]
    {
        assert!(path(text).expect("readable").attribute.extension.is_some(), "{text}");
    }
    let extension = path("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department");
    assert!(extension.expect("readable").attribute.extension.is_some());
    for text in [
        "",
        ".",
        "a.b.c",
        "emails[",
        "emails[]",
        "emails[type eq \"work\"]x",
        "a b",
        "/active",
        "emails[type xx 1]",
        "emails[not]",
    ] {
        assert!(path(text).is_err(), "{text}");
    }
}
