//! Chooses a route as API Gateway does
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>).

use std::collections::{BTreeMap, HashMap};

use matchit::Router;
use percent_encoding::percent_decode_str;

use crate::template::Route;

/// The path by which API Gateway routes: decoded first, so an encoded slash separates segments, and cut at an encoded
/// question mark (<https://github.com/middleapi/standard-server/pull/93>).
pub(super) fn decoded(path: &str) -> String {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.split('?').next().unwrap_or_default().to_owned()
}

/// The routes, ready to be chosen from.
pub(super) struct Routing {
    /// For each method: the routes without a greedy parameter, and those with one.
    of_method: HashMap<String, [Router<Route>; 2]>,
    /// The same for methods that only `ANY` matches.
    of_others: [Router<Route>; 2],
}

impl Routing {
    /// Fails if two routes differ only in the names of their parameters.
    pub(super) fn new(routes: &[Route]) -> Result<Self, String> {
        let methods = routes.iter().map(|route| route.method.as_str()).filter(|method| *method != "ANY");
        let of_method = methods.map(|method| Ok((method.to_owned(), routers(routes, method)?)));
        Ok(Self { of_method: of_method.collect::<Result<_, String>>()?, of_others: routers(routes, "ANY")? })
    }

    /// The route for a request and its path parameters. If several match, one without a greedy parameter comes first, then
    /// literals before parameters, then a method before `ANY`.
    pub(super) fn choose(&self, method: &str, path: &str) -> Option<(&Route, BTreeMap<String, String>)> {
        let routers = self.of_method.get(method).unwrap_or(&self.of_others);
        let mut matching = routers.iter().filter_map(|router| router.at(path).ok());
        // The library lets a parameter between two slashes be empty.
        let matched = matching.find(|matched| matched.params.iter().all(|(_, value)| !value.is_empty()))?;
        let parameters = matched.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Some((matched.value, parameters.collect()))
    }
}

/// The routes for a method: its own, and `ANY` for the paths that have none.
fn routers(routes: &[Route], method: &str) -> Result<[Router<Route>; 2], String> {
    let has_own = |path: &str| routes.iter().any(|route| route.method == method && route.path == path);
    let mut both = [Router::new(), Router::new()];
    for route in routes {
        if route.method == method || (route.method == "ANY" && !has_own(&route.path)) {
            let is_greedy = route.path.ends_with("+}");
            // The library writes `{*proxy}` for `{proxy+}`.
            let (fixed, parameter) = route.path.rsplit_once('{').filter(|_| is_greedy).unzip();
            let path = match fixed.zip(parameter.and_then(|name: &str| name.strip_suffix("+}"))) {
                Some((fixed, name)) => format!("{fixed}{{*{name}}}"),
                None => route.path.clone(),
            };
            let inserted = both[usize::from(is_greedy)].insert(path, route.clone());
            inserted.map_err(|error| format!("{}: {error}", route.key()))?;
        }
    }
    Ok(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(key: &str) -> Route {
        let (method, path) = key.split_once(' ').expect("method and path");
        Route { method: method.into(), path: path.into(), function: String::new(), authorizer: None }
    }

    fn matched(pattern: &str, method: &str, path: &str) -> Option<BTreeMap<String, String>> {
        let routing = Routing::new(&[route(&format!("GET {pattern}"))]).expect("routes");
        routing.choose(method, &decoded(path)).map(|(_, parameters)| parameters)
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
            ("/a/{x}/c", "GET", "/a//c"),
            ("/a/{x+}", "GET", "/a/"),
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
        let keys = [
            "ANY /{all+}",
            "GET /a/{x+}",
            "GET /a/b/{x+}",
            "GET /a/{x}/c",
            "ANY /a/b",
            "GET /a/b",
            "GET /e",
            "DELETE /{x}",
        ];
        let mut routes: Vec<_> = keys.into_iter().map(route).collect();
        for _ in 0..2 {
            let routing = Routing::new(&routes).expect("routes");
            for (method, path, expected) in [
                ("GET", "/a/b", "GET /a/b"),
                ("PUT", "/a/b", "ANY /a/b"),
                ("GET", "/a/b/c", "GET /a/{x}/c"),
                ("GET", "/a/b/d", "GET /a/b/{x+}"),
                ("GET", "/a/d", "GET /a/{x+}"),
                ("PUT", "/a/d", "ANY /{all+}"),
                ("DELETE", "/e", "DELETE /{x}"),
            ] {
                let (chosen, _) = routing.choose(method, path).expect("a route");
                assert_eq!(chosen.key(), expected, "{method} {path}");
            }
            routes.reverse();
        }
    }
}
