//! Reading and writing JSON: no name twice in an object, and one spelling for the digest.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// A JSON value in which no object names a property twice: readers differ in which of the two they take, and the
/// gate must enforce what the partner reads.
pub(crate) struct Unambiguous(pub(crate) Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    // tidy-expect(floats): serde hands it over so; it decides nothing.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, Unambiguous(value))) = entries.next_entry::<String, _>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom(format!("`{name}` stands twice in one object")));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

/// The bytes of a value with sorted names and no spaces, after RFC 8785. Numbers keep the spelling of the
/// serializer (`1.0` is not `1`): two documents of the same digest mean the same, which is what matters here.
pub(crate) fn canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            //= rfc8785#3.2.3
            //# JSON object properties MUST be sorted recursively, which means that JSON child
            //# Objects MUST have their properties sorted as well.
            entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push(b'{');
            for (index, (name, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                leaf(&Value::String(name.clone()), out);
                out.push(b':');
                canonical(value, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            //= rfc8785#3.2.3
            //# JSON array data MUST also be scanned for the presence of JSON objects (if an
            //# object is found, then its properties MUST be sorted), but array element order
            //# MUST NOT be changed.
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                canonical(item, out);
            }
            out.push(b']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => leaf(value, out),
    }
}

fn leaf(value: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(value.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    //= rfc8785#3.2.3
    //= type=test
    //# JSON object properties MUST be sorted recursively, which means that JSON child Objects
    //# MUST have their properties sorted as well.
    //= rfc8785#3.2.3
    //= type=test
    //# JSON array data MUST also be scanned for the presence of JSON objects (if an object is
    //# found, then its properties MUST be sorted), but array element order MUST NOT be changed.
    #[test]
    fn the_order_of_names_does_not_change_the_bytes() {
        let write = |text: &str| {
            let mut out = Vec::new();
            canonical(&serde_json::from_str::<Unambiguous>(text).unwrap().0, &mut out);
            String::from_utf8(out).unwrap()
        };
        let expected = r#"{"a":[1,{"c":null,"d":true}],"b":"\"é"}"#;
        assert_eq!(write(r#"{"b": "\"\u00e9", "a": [1, {"d": true, "c": null}]}"#), expected);
        assert_eq!(write(expected), expected);
    }

    #[test]
    fn a_name_may_not_stand_twice() {
        let error =
            serde_json::from_str::<Unambiguous>(r#"{"a": {"b": 1, "b": 2}}"#).err().unwrap();
        assert!(error.to_string().contains("`b` stands twice"), "{error}");
    }
}
