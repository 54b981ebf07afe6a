//! What the rows of one kind of object have in common: which column a member of an object comes to, and what it holds.
//! That is found for the first object that has the member, and known for those after it.

use crate::catalog::graph::{Cursor, Fields};
use crate::catalog::names::{push_pascal, strip_prefix};
use crate::catalog::{Field, Kind, Object};
use crate::columns;
use crate::json::{self, Members};
use alloc::borrow::{Cow, ToOwned};
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::Cell;

/// A column of a row.
pub struct Title {
    /// As rows begin its value: `"AddressCity":`.
    pub begin: String,
    /// Stripe's names of a value inside another object: `address.city`. Absent for the row's own fields.
    pub path: Option<String>,
}

impl Title {
    /// Of a column that is called so.
    pub fn new(name: &str, path: Option<String>) -> Rc<Self> {
        let mut begin = String::with_capacity(name.len() + 3);
        json::push_quoted(&mut begin, name);
        begin.push(':');
        Rc::new(Title { begin, path })
    }

    /// Its name and its path; the row's own have none.
    pub fn named(&self) -> (&str, &str) {
        (self.name(), self.path.as_deref().unwrap_or_default())
    }

    /// `AddressCity`. Names of Stripe's have nothing in them that JSON escapes.
    pub fn name(&self) -> &str {
        self.begin.get(1..self.begin.len() - 2).unwrap_or_default()
    }
}

/// What is known of the rows of one kind of object.
pub struct Layout {
    pub fields: Object,
    pub root: Place,
    pub titles: Titles,
    /// Of so many of them it is known whether some have the same name.
    compared: usize,
    namesakes: bool,
}

/// What is known of the rows of the kind of objects that came last. An instance that is called again for such knows them
/// already; to know more kinds would make each of a host's many instances larger.
#[derive(Default)]
pub struct Layouts(Cell<Option<Layout>>);

impl Layouts {
    /// Nothing is known.
    pub const fn new() -> Self {
        Layouts(Cell::new(None))
    }

    /// Does something with what is known of objects with these fields.
    pub fn with<T>(&self, fields: Object, work: impl FnOnce(&mut Layout) -> T) -> T {
        let known = self.0.take().filter(|layout| layout.fields == fields);
        let mut layout = known.unwrap_or_else(|| Layout::new(fields));
        layout.forget_maps();
        let done = work(&mut layout);
        self.0.set(Some(layout));
        done
    }
}

/// The columns that are known.
#[derive(Default)]
pub struct Titles(Vec<Rc<Title>>);

/// Objects with more columns than any of Stripe's are not remembered: in them names are data, and no two have the same.
const MAX_TITLES: usize = 4_096;

impl Layout {
    pub fn new(fields: Object) -> Self {
        let names = Names { prefix: String::new(), path: String::new(), beside: None, is_plain: true };
        let root = Place::new(names, Some(fields));
        Layout { fields, root, titles: Titles::default(), compared: 0, namesakes: false }
    }

    /// Begins anew where names are data.
    fn forget_maps(&mut self) {
        if self.titles.0.len() > MAX_TITLES {
            *self = Layout::new(self.fields);
        }
    }

    /// Whether there are columns that come to the same name.
    pub fn has_namesakes(&mut self) -> bool {
        if self.compared < self.titles.0.len() {
            self.namesakes = !columns::namesakes(self.titles.0.iter().map(|title| title.named())).is_empty();
            self.compared = self.titles.0.len();
        }
        self.namesakes
    }
}

/// An object inside a row's, or the row's own.
pub struct Place {
    names: Names,
    fields: Option<Object>,
    /// Finds the fields.
    cursor: Option<Cursor>,
    members: Vec<Member>,
}

/// How the columns of an object's members are called.
pub struct Names {
    /// The column's beginning: `ShippingAddress`.
    pub prefix: String,
    /// The same by Stripe's names: `shipping.address`.
    path: String,
    /// Fields of an object around it from the first on that begins with the name of what it is in there, as
    /// `payment_method_type` does with `payment_method`; and how long the prefix is there, and with that name.
    beside: Option<(Fields, usize, usize)>,
    /// Whether JSON has the prefix as it is.
    is_plain: bool,
}

/// A member of an object.
pub struct Member {
    name: Cow<'static, str>,
    /// What the catalog knows of it.
    pub kind: Option<Kind>,
    /// The fields after its own, or where that would be: Stripe's are in the order of their names.
    following: Option<Fields>,
    title: Option<Rc<Title>>,
    /// The object that it holds: several if it is one of several.
    inside: Vec<Place>,
}

/// Among so many members one is looked for. Objects with more are maps, whose names are data, and are not compared.
const SOUGHT: usize = 512;

impl Place {
    fn new(names: Names, fields: Option<Object>) -> Self {
        Place { names, fields, cursor: fields.map(Cursor::new), members: Vec::new() }
    }

    /// Makes room for the members of the first object.
    pub fn reserve(&mut self, members: &Members) {
        if self.members.is_empty() {
            self.members.reserve_exact(members.len().min(SOUGHT));
        }
    }

    /// The member of that name. Objects of a kind have theirs in one order: it is first looked for at `at`, which is set to
    /// the place behind it.
    pub fn member(&mut self, at: &mut usize, name: &str) -> (&Names, &mut Member) {
        let is_next = self.members.get(*at).is_some_and(|member| json::is_same(&member.name, name));
        let found = match is_next {
            true => Some(*at),
            false if self.members.len() > SOUGHT => None,
            false => self.members.iter().position(|own| own.name == name),
        };
        let found = found.unwrap_or(self.members.len());
        if found == self.members.len() {
            self.members.push(Member::new(self.fields, self.cursor.as_mut(), name));
        }
        *at = found + 1;
        // It was found there, or put there.
        (&self.names, &mut self.members[found])
    }
}

impl Member {
    fn new(fields: Option<Object>, mut cursor: Option<&mut Cursor>, name: &str) -> Self {
        let field = cursor.as_mut().and_then(|cursor| cursor.find(name));
        let following = match field {
            Some(_) => cursor.map(|cursor| cursor.following()),
            None => fields.and_then(|fields| beginning_with(fields, name)),
        };
        Member {
            name: field.map_or_else(|| Cow::Owned(name.to_owned()), |field| Cow::Borrowed(field.name)),
            kind: field.map(|field| field.kind),
            following,
            title: None,
            inside: Vec::new(),
        }
    }

    /// Its column.
    pub fn title(&mut self, names: &Names, titles: &mut Titles) -> &Rc<Title> {
        self.title.get_or_insert_with(|| {
            let title = names.title(&self.name);
            titles.0.push(Rc::clone(&title));
            title
        })
    }

    /// The place of an object with these fields in it.
    pub fn inside(&mut self, names: &Names, fields: Option<Object>) -> &mut Place {
        let known = self.inside.iter().position(|place| place.fields == fields);
        let at = known.unwrap_or(self.inside.len());
        if known.is_none() {
            self.inside.push(Place::new(names.inside(&self.name, self.following), fields));
        }
        // It was found there, or put there.
        &mut self.inside[at]
    }
}

/// The fields from the first on that begins with the name of something that the catalog does not know.
fn beginning_with(fields: Object, name: &str) -> Option<Fields> {
    let mut rest = fields.fields();
    loop {
        let here = rest;
        if is_longer(rest.next()?, name) {
            return Some(here);
        }
    }
}

/// Whether a field is `payment_method_type` to `payment_method`.
fn is_longer(field: Field, name: &str) -> bool {
    field.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'))
}

impl Names {
    fn inside(&self, name: &str, following: Option<Fields>) -> Names {
        let mut prefix = self.prefix.clone();
        push_pascal(&mut prefix, name);
        let path = if self.path.is_empty() { name.to_string() } else { joined(&self.path, name) };
        let own =
            following.filter(|following| { *following }.next().is_some_and(|next| is_longer(next, name)));
        let beside = self.beside.or(own.map(|fields| (fields, self.prefix.len(), prefix.len())));
        Names { prefix, path, beside, is_plain: self.is_plain && json::is_plain(name) }
    }

    fn title(&self, name: &str) -> Rc<Title> {
        let path = (!self.path.is_empty()).then(|| joined(&self.path, name));
        let mut begin = String::with_capacity(self.prefix.len() + name.len() + 3);
        begin.push('"');
        begin.push_str(&self.prefix);
        push_pascal(&mut begin, name);
        if self.is_plain && json::is_plain(name) && self.beside.is_none() {
            begin.push_str("\":");
            return Rc::new(Title { begin, path });
        }
        let column = begin.get(1..).unwrap_or_default();
        match path.as_ref().filter(|_| self.gives_way(column)) {
            Some(dots) => Title::new(&columns::dotted(dots), path),
            None => Title::new(column, path),
        }
    }

    /// Whether a column of a value here is that of a field which is in fewer objects, even where that is left out or null: a
    /// column means the same in every row.
    fn gives_way(&self, column: &str) -> bool {
        let Some((fields, start, end)) = self.beside else { return false };
        let (Some(own), Some(column)) = (column.get(start..end), column.get(start..)) else { return false };
        let begins = |field: &Field| strip_prefix(field.name, own).is_some_and(|rest| !rest.is_empty());
        fields.take_while(begins).any(|field| columns::is_of(field, column))
    }
}

/// `address` and `city` as a path.
pub fn joined(path: &str, name: &str) -> String {
    [path, ".", name].concat()
}
