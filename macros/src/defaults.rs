//! The attribute on an `impl` block or a trait: what it gives is given to each annotated method that does not say otherwise.
//!
//! Only the methods' attributes are read and written anew, as tokens; all else stays as it is, so that errors stand where they
//! would, and attributes like `#[async_trait]` may stand before and after.

mod merge;

use merge::Defaults;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;

use crate::errors::{self, Errors};

/// An `impl` block or a trait.
pub(crate) struct Block {
    /// Attributes, and what stands before the braces.
    head: TokenStream,
    /// `impl` or `trait`.
    keyword: Ident,
    body: Group,
}

impl Block {
    /// The block that an item is, if it is one.
    pub(crate) fn of(item: &TokenStream) -> Option<Self> {
        let keyword = keyword(item)?;
        let mut head: Vec<TokenTree> = item.clone().into_iter().collect();
        match head.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                Some(Self { head: head.into_iter().collect(), keyword, body })
            }
            _ => None,
        }
    }

    /// The block, its methods' attributes with the defaults; or as it was, and every error.
    pub(crate) fn expand(self, arguments: TokenStream) -> TokenStream {
        let mut errors = Errors::default();
        let defaults = Defaults::parse(arguments, &mut errors);
        let expanded = defaults.map(|mut defaults| {
            let mut methods = 0;
            let body = rewritten(&self.body, &mut |attribute| {
                methods += 1;
                defaults.given_to(attribute)
            });
            if methods == 0 {
                let keyword = &self.keyword;
                errors.at(
                    keyword,
                    format_args!(
                        "no method of this `{keyword}` has the attribute, so nobody takes what is given here; put `#[llm_span(operation = …)]` on the methods that make calls"
                    ),
                );
            } else {
                defaults.idle(&mut errors);
            }
            body
        });
        let Self { head, body, .. } = &self;
        match errors.finish(expanded) {
            Ok(body) => quote!(#head #body),
            Err(found) => {
                // The methods would tell the same mistakes again, or miss what is wrong here.
                let (errors, body) = (errors::tokens(&found), rewritten(body, &mut |_| TokenStream::new()));
                quote!(#errors #[allow(unused)] #head #body)
            }
        }
    }
}

/// `impl` or `trait`, if an item is one; told without parsing it, as every annotated function comes this way.
fn keyword(item: &TokenStream) -> Option<Ident> {
    for token in item.clone() {
        match token {
            TokenTree::Ident(word) if word == "impl" || word == "trait" => return Some(word),
            TokenTree::Ident(word) if OTHERS.iter().any(|other| word == other) => return None,
            TokenTree::Punct(mark) if mark.as_char() == '=' => return None,
            _ => {}
        }
    }
    None
}

/// What begins an item of another kind.
const OTHERS: [&str; 8] = ["fn", "struct", "enum", "union", "type", "mod", "static", "use"];

/// What is made of an attribute of ours; nothing takes it away.
type Change<'a> = &'a mut dyn FnMut(&Attribute) -> TokenStream;

/// A block's body, of each attribute of ours what `change` makes of it.
fn rewritten(body: &Group, change: Change<'_>) -> Group {
    let mut tokens = Vec::new();
    for token in body.stream() {
        let ours = match (tokens.last(), &token) {
            (Some(TokenTree::Punct(mark)), TokenTree::Group(brackets))
                if mark.as_char() == '#' && brackets.delimiter() == Delimiter::Bracket =>
            {
                changed(&brackets.stream(), change).map(|changed| like(brackets, changed))
            }
            _ => None,
        };
        match ours {
            None => tokens.push(token),
            Some(changed) if changed.stream().is_empty() => {
                tokens.pop();
            }
            Some(changed) => tokens.push(changed.into()),
        }
    }
    like(body, tokens.into_iter().collect())
}

/// What stands in the brackets of an attribute, changed; `None` where it is none of ours.
fn changed(attribute: &TokenStream, change: Change<'_>) -> Option<TokenStream> {
    conditional(attribute, change).or_else(|| Attribute::of(attribute).map(|ours| change(&ours)))
}

/// `cfg_attr(condition, attribute, …)` with one of ours among them.
fn conditional(attribute: &TokenStream, change: Change<'_>) -> Option<TokenStream> {
    let mut tokens = attribute.clone().into_iter();
    let name = match tokens.next() {
        Some(TokenTree::Ident(name)) if name == "cfg_attr" => name,
        _ => return None,
    };
    let Some(TokenTree::Group(parentheses)) = tokens.next() else { return None };
    let inside: Vec<TokenTree> = parentheses.stream().into_iter().collect();
    let mut parts = inside.split(merge::is_comma);
    let (condition, mut ours, mut attributes) = (parts.next()?, false, Vec::new());
    for part in parts {
        let part: TokenStream = part.iter().cloned().collect();
        match changed(&part, change) {
            None => attributes.push(part),
            Some(changed) => {
                ours = true;
                attributes.extend(Some(changed).filter(|changed| !changed.is_empty()));
            }
        }
    }
    let parentheses = like(&parentheses, quote!(#(#condition)*, #(#attributes),*));
    ours.then(|| quote!(#name #parentheses))
}

/// A group in the place of another.
fn like(group: &Group, inside: TokenStream) -> Group {
    let mut like = Group::new(group.delimiter(), inside);
    like.set_span(group.span());
    like
}

/// `path::llm_span(arguments)`
struct Attribute {
    path: TokenStream,
    arguments: Group,
}

impl Attribute {
    /// An attribute of ours, by the last name of its path.
    fn of(attribute: &TokenStream) -> Option<Self> {
        let mut path: Vec<TokenTree> = attribute.clone().into_iter().collect();
        let arguments = path.pop_if(|last| matches!(last, TokenTree::Group(_)));
        let Some(TokenTree::Ident(name)) =
            path.last().filter(|name| matches!(name, TokenTree::Ident(name) if name == "llm_span"))
        else {
            return None;
        };
        let arguments = if let Some(TokenTree::Group(arguments)) = arguments {
            arguments
        } else {
            let mut none = Group::new(Delimiter::Parenthesis, TokenStream::new());
            none.set_span(name.span());
            none
        };
        let ours = path.iter().all(|token| matches!(token, TokenTree::Ident(_) | TokenTree::Punct(_)));
        ours.then(|| Self { path: path.into_iter().collect(), arguments })
    }

    /// The same with other arguments.
    fn with(&self, arguments: TokenStream) -> TokenStream {
        let (path, parentheses) = (&self.path, like(&self.arguments, arguments));
        quote!(#path #parentheses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(defaults: &str, block: &str) -> String {
        let block = Block::of(&block.parse().unwrap()).unwrap();
        block.expand(defaults.parse().unwrap()).to_string()
    }

    /// The attribute that the first method ends up with.
    fn given(defaults: &str, own: &str) -> String {
        let chat = "#[llm_span(operation = \"chat\")] fn g(&self) {}";
        let block = format!("impl Client {{ #[llm_span({own})] fn f(&self) {{}} {chat} }}");
        let expanded = expanded(defaults, &block);
        let start = expanded.find("llm_span (").unwrap() + "llm_span (".len();
        let end = expanded.find(")] fn f").unwrap();
        expanded[start..end].to_owned()
    }

    #[test]
    fn only_impl_blocks_and_traits_are_blocks() {
        let is_block = |item: &str| Block::of(&item.parse().unwrap()).is_some();
        assert!(is_block("#[a(fn)] impl<T: Fn()> X for Y<T> where T: Z { fn f() {} }"));
        assert!(is_block("pub unsafe trait T: Send { }"));
        assert!(!is_block("pub(crate) async fn f() -> impl Future<Output = u8> { }"));
        assert!(!is_block("struct S { f: fn() }"));
        assert!(!is_block("const F: fn() = || {};"));
    }

    #[test]
    fn a_method_takes_what_it_does_not_say() {
        let took = given("provider = \"openai\", model = self.model", "operation = \"chat\", model = \"gpt-4o\"");
        assert_eq!(took, r#"operation = "chat" , model = "gpt-4o" , provider = "openai""#);
        assert_eq!(given("operation = \"chat\"", ""), r#"operation = "chat""#);
        assert_eq!(given("level = 1", "operation = \"chat\","), r#"operation = "chat" , level = 1"#);
    }

    #[test]
    fn a_method_takes_what_fits_its_operation() {
        let defaults = "provider = \"openai\", temperature = 0.5, server_address = self.host, usage = openai, user = self.user";
        let block = |operation: &str| {
            let other = "#[llm_span(operation = \"chat\")] fn g() {}";
            let block = format!("impl Client {{ #[x::llm_span(operation = \"{operation}\")] fn f() {{}} {other} }}");
            expanded(defaults, &block)
        };
        assert!(block("execute_tool").contains(r#"(operation = "execute_tool" , user = self . user)"#));
        let embeddings =
            r#"(operation = "embeddings" , provider = "openai" , server_address = self . host , usage = openai , user"#;
        assert!(block("embeddings").contains(embeddings));
        // It is run in this process, whoever runs the models beside it.
        assert!(block("invoke_agent").contains(r#"(operation = "invoke_agent" , temperature = 0.5 , user"#));
    }

    #[test]
    fn an_internal_call_takes_no_server() {
        let took = given("server_address = \"a\", provider = \"p\"", "operation = \"chat\", kind = \"internal\"");
        assert!(!took.contains("server_address"), "{took}");
    }

    #[test]
    fn fields_are_merged_and_the_methods_own_win() {
        let own = "operation = \"chat\", fields(tenant.id = 5), seed = 7";
        let took = given("fields(tenant.id = tenant, region = f::<A, B>(x), gen_ai.request.seed = 1)", own);
        assert_eq!(took, r#"operation = "chat" , fields (tenant . id = 5 , region = f ::< A , B > (x)) , seed = 7"#);
        assert_eq!(given("fields(a = 1, b)", "operation = \"chat\""), r#"operation = "chat" , fields (a = 1 , b)"#);
        let took = given("seed = 1", "operation = \"chat\", fields(gen_ai.request.seed = 2)");
        assert_eq!(took, r#"operation = "chat" , fields (gen_ai . request . seed = 2)"#);
    }

    #[test]
    fn what_no_method_can_take_is_an_error() {
        let block = "impl Client { #[llm_span(operation = \"chat\", kind = \"internal\")] fn f() {} }";
        for (default, why) in [
            ("tool = self.tool", "`tool` is for `execute_tool`, of which there are none in this block; remove it"),
            ("usage = children", "`usage` is for `create_agent`, `invoke_agent`, `invoke_workflow`, of which"),
            ("server_port = 443", "`server_port` is for calls that leave the process, of which there are none"),
        ] {
            let expanded = expanded(default, block);
            assert!(expanded.contains(why), "{expanded}");
        }
        assert!(!expanded("model = self.model", block).contains("compile_error"));
    }

    #[test]
    fn an_attribute_under_a_condition_takes_its_part() {
        let method = "#[cfg_attr(all(a, b), inline, llm_span(operation = \"chat\"))] fn f() {}";
        let taken = expanded("level = 1", &format!("impl Client {{ {method} }}"));
        let whole = r#"# [cfg_attr (all (a , b) , inline , llm_span (operation = "chat" , level = 1))] fn f"#;
        assert!(taken.contains(whole), "{taken}");
        let silenced = expanded("colour = 1", &format!("impl Client {{ {method} }}"));
        assert!(silenced.contains("# [cfg_attr (all (a , b) , inline)] fn f"), "{silenced}");
    }

    #[test]
    fn functions_without_the_attribute_are_left_alone() {
        let block = "impl Client { #[inline] fn g() {} #[llm_span(operation = \"chat\")] fn f() {} }";
        assert!(expanded("level = 1", block).starts_with("impl Client { # [inline] fn g () { } # [llm_span"));
    }

    #[test]
    fn of_a_mistake_the_methods_do_not_speak() {
        let block = "impl Client { #[llm_span(operation = \"chat\")] fn f() {} }";
        let expanded = expanded("colour = 1", block);
        assert!(expanded.contains("unknown argument `colour`") && !expanded.contains("llm_span"), "{expanded}");
        assert!(expanded.ends_with("impl Client { fn f () { } }"), "{expanded}");
    }
}
