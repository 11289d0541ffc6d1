//! Chooses a route as API Gateway does
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>).

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::template::Route;

/// The path by which API Gateway routes: decoded first, so an encoded slash separates segments, and cut at an encoded
/// question mark (<https://github.com/middleapi/standard-server/pull/93>).
pub(super) fn decoded(path: &str) -> String {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.split('?').next().unwrap_or_default().to_owned()
}

/// The route for a request and its path parameters. If several match, one without a greedy parameter comes first, then
/// literals before parameters, then a method before `ANY`.
pub(super) fn choose<'a>(
    routes: &'a [Route],
    method: &str,
    path: &str,
) -> Option<(&'a Route, BTreeMap<String, String>)> {
    let matching = routes.iter().filter_map(|route| Some((route, parameters(route, method, path)?)));
    matching.min_by_key(|(route, _)| {
        let is_parameter: Vec<_> = route.path.split('/').map(|segment| segment.starts_with('{')).collect();
        (route.path.ends_with("+}"), is_parameter, route.method == "ANY")
    })
}

/// The path parameters of a request that this route matches.
fn parameters(route: &Route, method: &str, path: &str) -> Option<BTreeMap<String, String>> {
    if route.method != "ANY" && route.method != method {
        return None;
    }
    let mut parameters = BTreeMap::new();
    let mut segments = path.split('/');
    for pattern in route.path.split('/') {
        let Some(name) = pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
            segments.next().filter(|segment| *segment == pattern)?;
            continue;
        };
        let value = match name.strip_suffix('+') {
            Some(_) => segments.by_ref().collect::<Vec<_>>().join("/"),
            None => segments.next()?.to_owned(),
        };
        if value.is_empty() {
            return None;
        }
        parameters.insert(name.trim_end_matches('+').to_owned(), value);
    }
    segments.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(key: &str) -> Route {
        let (method, path) = key.split_once(' ').expect("method and path");
        Route { method: method.into(), path: path.into(), function: String::new(), authorizer: None }
    }

    fn matched(pattern: &str, method: &str, path: &str) -> Option<BTreeMap<String, String>> {
        let routes = [route(&format!("GET {pattern}"))];
        choose(&routes, method, &decoded(path)).map(|(_, parameters)| parameters)
    }

    #[test]
    fn routes_match_decoded_paths() {
        let one = |name: &str, value: &str| Some(BTreeMap::from([(name.to_owned(), value.to_owned())]));
        assert_eq!(matched("/a/{x}", "GET", "/a/b%40c%2540"), one("x", "b@c%40"));
        assert_eq!(matched("/a/{x+}", "GET", "/a/b/c"), one("x", "b/c"));
        assert_eq!(matched("/a/{x+}", "GET", "/a/b%2Fc"), one("x", "b/c"));
        assert_eq!(matched("/a/{x}", "GET", "/a/b%3Fc"), one("x", "b"));
        assert_eq!(matched("/a", "GET", "/a"), Some(BTreeMap::new()));
        for (pattern, method, path) in [
            ("/a/{x}", "GET", "/a/"),
            ("/a/{x}", "GET", "/a/b/c"),
            ("/a/{x}", "GET", "/a/b%2Fc"),
            ("/a/{x}/c", "GET", "/a/b%3F/c"),
            ("/a/{x}", "POST", "/a/b"),
            ("/a", "GET", "/a/"),
            ("/a/{x}/c", "GET", "/a/b"),
        ] {
            assert_eq!(matched(pattern, method, path), None, "{method} {path}");
        }
    }

    /// The order of the routes in the template doesn't matter.
    #[test]
    fn the_most_specific_route_is_chosen() {
        let keys = ["ANY /{all+}", "GET /a/{x+}", "GET /a/b/{x+}", "GET /a/{x}/c", "ANY /a/b", "GET /a/b"];
        let mut routes: Vec<_> = keys.into_iter().map(route).collect();
        for _ in 0..2 {
            for (method, path, expected) in [
                ("GET", "/a/b", "GET /a/b"),
                ("PUT", "/a/b", "ANY /a/b"),
                ("GET", "/a/b/c", "GET /a/{x}/c"),
                ("GET", "/a/b/d", "GET /a/b/{x+}"),
                ("GET", "/a/d", "GET /a/{x+}"),
                ("PUT", "/a/d", "ANY /{all+}"),
            ] {
                let (chosen, _) = choose(&routes, method, path).expect("a route");
                assert_eq!(chosen.key(), expected, "{method} {path}");
            }
            routes.reverse();
        }
    }
}
