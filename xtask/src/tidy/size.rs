//! Lengths of functions and files, numbers of parameters, and names that say nothing.

use super::Violation;
use super::source::Source;
use proc_macro2::Span;
use syn::visit::{self, Visit};

const FUNCTION_LINES_MAX: usize = 70;
const PARAMETERS_MAX: usize = 6;
const FILE_LINES_MAX: usize = 800;
/// Tables of cases are long and simple.
const TEST_FILE_LINES_MAX: usize = 1_200;
/// A module of such a name collects whatever has no place; plurals are refused too.
const EMPTY_NAMES: &[&str] = &["util", "helper", "common", "manager"];

/// Sizes and module names of one file.
pub fn check(source: &Source) -> Vec<Violation> {
    let mut found = Sizes { source, violations: Vec::new() };
    found.file();
    found.visit_file(&source.syntax);
    found.violations
}

struct Sizes<'s> {
    source: &'s Source,
    violations: Vec<Violation>,
}

impl Sizes<'_> {
    fn file(&mut self) {
        let of_tests = self.source.is_test_file() || self.source.path.starts_with("test/");
        let max = if of_tests { TEST_FILE_LINES_MAX } else { FILE_LINES_MAX };
        let lines = self.source.lines();
        if lines > max {
            self.add(
                max + 1,
                "file-length",
                format!("{lines} lines, at most {max}: split by idea"),
            );
        }
        let path = self.source.path.clone();
        for part in path.trim_end_matches(".rs").split('/') {
            self.name(part, 1);
        }
    }

    fn name(&mut self, name: &str, line: usize) {
        if EMPTY_NAMES.contains(&name.strip_suffix('s').unwrap_or(name)) {
            let advice = format!("a module called `{name}` says nothing: name it after its idea");
            self.add(line, "module-name", advice);
        }
    }

    fn function(&mut self, signature: &syn::Signature, body: Option<&syn::Block>) {
        let name = &signature.ident;
        let line = name.span().start().line;
        if self.source.is_test_line(line) {
            return;
        }
        let lines = body.map_or(0, body_lines);
        if lines > FUNCTION_LINES_MAX {
            let advice = format!(
                "`{name}` has {lines} lines, at most {FUNCTION_LINES_MAX}: give its parts names"
            );
            self.add(line, "function-length", advice);
        }
        let parameters = signature.inputs.len();
        if parameters > PARAMETERS_MAX {
            let advice = format!(
                "`{name}` takes {parameters} parameters, at most {PARAMETERS_MAX}: group what belongs together in a type"
            );
            self.add(line, "parameters", advice);
        }
    }

    fn add(&mut self, line: usize, rule: &'static str, advice: String) {
        self.violations.push(Violation::new(&self.source.path, line, rule, advice));
    }
}

/// Lines between the braces, blank ones and comments included.
fn body_lines(body: &syn::Block) -> usize {
    let line = |span: Span| span.start().line;
    let braces = body.brace_token.span;
    line(braces.close()).saturating_sub(line(braces.open())).saturating_sub(1)
}

impl<'ast> Visit<'ast> for Sizes<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, Some(&item.block));
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, Some(&item.block));
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig, item.default.as_ref());
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.name(&item.ident.to_string(), item.ident.span().start().line);
        visit::visit_item_mod(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let source = Source::parse(path, text.to_owned()).unwrap();
        check(&source).iter().map(|v| format!("{}:{}: {}", v.path, v.line, v.rule)).collect()
    }

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines))
    }

    #[test]
    fn a_function_may_have_seventy_lines_and_no_more() {
        assert_eq!(found("io/x/src/a.rs", &function(70)), [""; 0]);
        assert_eq!(found("io/x/src/a.rs", &function(71)), ["io/x/src/a.rs:1: function-length"]);
        let method = format!("struct A;\nimpl A {{\n{}}}\n", function(71));
        assert_eq!(found("io/x/src/a.rs", &method), ["io/x/src/a.rs:3: function-length"]);
        let provided = format!("trait A {{\n{}}}\n", function(71));
        assert_eq!(found("io/x/src/a.rs", &provided), ["io/x/src/a.rs:2: function-length"]);
    }

    #[test]
    fn a_test_may_be_long() {
        let module = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(71));
        assert_eq!(found("io/x/src/a.rs", &module), [""; 0]);
        assert_eq!(found("io/x/tests/it/main.rs", &function(71)), [""; 0]);
    }

    #[test]
    fn a_function_may_take_six_parameters_with_self() {
        let six = "trait A { fn f(&self, a: A, b: A, c: A, d: A, e: A); }";
        assert_eq!(found("io/x/src/a.rs", six), [""; 0]);
        let seven = "trait A { fn f(&self, a: A, b: A, c: A, d: A, e: A, f: A); }";
        assert_eq!(found("io/x/src/a.rs", seven), ["io/x/src/a.rs:1: parameters"]);
    }

    #[test]
    fn a_file_has_a_greatest_length_and_tests_a_greater_one() {
        let lines = |n: usize| "// why\n".repeat(n);
        assert_eq!(found("io/x/src/a.rs", &lines(800)), [""; 0]);
        assert_eq!(found("io/x/src/a.rs", &lines(801)), ["io/x/src/a.rs:801: file-length"]);
        assert_eq!(found("io/x/tests/it/a.rs", &lines(1_200)), [""; 0]);
        assert_eq!(
            found("test/sim/src/a.rs", &lines(1_201)),
            ["test/sim/src/a.rs:1201: file-length"]
        );
    }

    #[test]
    fn a_module_is_not_called_by_an_empty_name() {
        assert_eq!(found("io/x/src/utils.rs", ""), ["io/x/src/utils.rs:1: module-name"]);
        assert_eq!(found("io/x/src/common/mod.rs", ""), ["io/x/src/common/mod.rs:1: module-name"]);
        assert_eq!(found("io/x/src/a.rs", "\nmod helpers {}"), ["io/x/src/a.rs:2: module-name"]);
        assert_eq!(found("io/x/src/a.rs", "mod manager;"), ["io/x/src/a.rs:1: module-name"]);
        assert_eq!(found("io/x/src/manage.rs", "mod commons_of_groups;"), [""; 0]);
    }
}
