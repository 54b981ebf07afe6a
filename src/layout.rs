//! What the rows of one kind of object have in common: which column a member of an object comes to, and what it holds.
//! That is found for the first object that has the member, and known for those after it.

use crate::catalog::graph::{Cursor, Fields};
use crate::catalog::names::{push_pascal, strip_prefix};
use crate::catalog::{Field, Kind, Object};
use crate::columns;
use crate::json::{self, Members};
use alloc::borrow::{Cow, ToOwned};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

/// A column of a row.
pub struct Title {
    /// As rows begin its value: `"AddressCity":`.
    pub begin: String,
    inside: Option<Inside>,
}

/// Where a value inside another object is: Stripe's names of that object, `address`, and its own there, `city`.
type Inside = (Rc<str>, Cow<'static, str>);

impl Title {
    /// Of the row's own column that is called so.
    pub fn own(name: &str) -> Rc<Self> {
        Title::new(name, None)
    }

    fn new(name: &str, inside: Option<Inside>) -> Rc<Self> {
        let mut begin = String::with_capacity(name.len() + 3);
        json::push_quoted(&mut begin, name);
        begin.push(':');
        Rc::new(Title { begin, inside })
    }

    /// `AddressCity`. Names of Stripe's have nothing in them that JSON escapes.
    pub fn name(&self) -> &str {
        self.begin.get(1..self.begin.len() - 2).unwrap_or_default()
    }

    /// Stripe's names of a value inside another object: `address.city`. Absent for the row's own.
    pub fn path(&self) -> Option<String> {
        self.inside.as_ref().map(|(above, name)| joined(above, name))
    }

    /// Whether it is one of the row's own.
    pub fn is_own(&self) -> bool {
        self.inside.is_none()
    }

    /// Whether it is what is at a path inside another object.
    pub fn is_at(&self, path: &str) -> bool {
        self.inside.as_ref().is_some_and(|(above, name)| after(path, above) == Some(name))
    }

    /// Whether it is inside the object at a path.
    pub fn is_inside(&self, path: &str) -> bool {
        self.inside.as_ref().is_some_and(|(above, _)| **above == *path || after(above, path).is_some())
    }

    /// Whether it is another column of the same name.
    fn is_namesake(&self, other: &Title) -> bool {
        self.begin == other.begin && self.path() != other.path()
    }

    /// The same by another name: with dots, so that another column can have it without.
    pub fn dotted(&self) -> Option<Rc<Self>> {
        Some(Title::new(&columns::dotted(&self.path()?), self.inside.clone()))
    }
}

/// What a path has after another that it begins with.
fn after<'a>(path: &'a str, above: &str) -> Option<&'a str> {
    path.strip_prefix(above)?.strip_prefix('.')
}

/// What is known of the rows of one kind of object.
pub struct Layout {
    pub fields: Object,
    pub root: Place,
    pub titles: Titles,
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
pub struct Titles {
    all: Vec<Rc<Title>>,
    /// Hashes of the names of the first [`MAX_TITLES`], the smallest first.
    hashes: Vec<u32>,
    /// Among these are two that have the same name.
    namesakes: bool,
}

/// Objects with more columns than any of Stripe's are not remembered: in them names are data, and hardly two have the same.
const MAX_TITLES: usize = 4_096;

/// As many columns as most objects have at most.
const USUAL: usize = 64;

impl Titles {
    fn new() -> Self {
        Titles { all: Vec::with_capacity(USUAL), hashes: Vec::with_capacity(USUAL), namesakes: false }
    }

    fn push(&mut self, title: &Rc<Title>) {
        if self.all.len() < MAX_TITLES {
            let hash = hash(&title.begin);
            match self.hashes.binary_search(&hash) {
                Ok(_) => self.namesakes |= self.all.iter().any(|own| own.is_namesake(title)),
                Err(at) => self.hashes.insert(at, hash),
            }
        }
        self.all.push(Rc::clone(title));
    }

    fn have_namesakes(&self) -> bool {
        self.namesakes || self.all.len() > MAX_TITLES && !namesakes(&self.all, |title| title).is_empty()
    }
}

/// Which of some columns share their name with another that is in fewer objects.
pub fn namesakes<T>(columns: &[T], title: impl Fn(&T) -> &Title) -> Vec<usize> {
    let at = |at: usize| columns.get(at).map(&title);
    columns::namesakes(columns.len(), &|own| at(own).map_or("", Title::name), &|own| {
        Cow::Owned(at(own).and_then(Title::path).unwrap_or_default())
    })
}

fn hash(text: &str) -> u32 {
    // An odd number without a pattern, as FxHash has it.
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let hash = words.iter().fold(0, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    (rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte))) >> 32) as u32
}

impl Layout {
    pub fn new(fields: Object) -> Self {
        let names = Names { prefix: String::new(), path: None, beside: None, is_plain: true };
        let root = Place::new(names, Some(fields));
        Layout { fields, root, titles: Titles::new() }
    }

    /// Begins anew where names are data.
    fn forget_maps(&mut self) {
        if self.titles.all.len() > MAX_TITLES {
            *self = Layout::new(self.fields);
        }
    }

    /// Whether there are columns that come to the same name.
    pub fn has_namesakes(&self) -> bool {
        self.titles.have_namesakes()
    }
}

/// An object inside a row's, or the row's own.
pub struct Place {
    names: Names,
    fields: Option<Object>,
    /// Finds the fields.
    cursor: Option<Cursor>,
    members: Vec<Member>,
    /// Of so many objects before knew, among which a name is looked for: in one object it does not stand twice.
    known: usize,
}

/// How the columns of an object's members are called.
pub struct Names {
    /// The column's beginning: `ShippingAddress`.
    pub prefix: String,
    /// The same by Stripe's names: `shipping.address`. Absent for the row's own.
    path: Option<Rc<str>>,
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
        Place { names, fields, cursor: fields.map(Cursor::new), members: Vec::new(), known: 0 }
    }

    /// Begins an object. For the members of the first one room is made.
    pub fn begin(&mut self, members: &Members) {
        self.known = self.members.len();
        if self.known == 0 {
            self.members.reserve_exact(members.len().min(SOUGHT));
        }
    }

    /// The member of that name. Objects of a kind have theirs in one order: it is first looked for at `at`, which is set to
    /// the place behind it.
    pub fn member(&mut self, at: &mut usize, name: &str) -> (&Names, &mut Member) {
        let is_next = self.members.get(*at).is_some_and(|member| json::is_same(&member.name, name));
        let found = match is_next {
            true => Some(*at),
            false if self.known > SOUGHT => None,
            false => self.members.iter().take(self.known).position(|own| own.name == name),
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
        let Member { title, name, kind, .. } = self;
        title.get_or_insert_with(|| {
            let title = names.title(name.clone(), is_plain(*kind, name));
            titles.push(&title);
            title
        })
    }

    /// The place of an object with these fields in it.
    pub fn inside(&mut self, names: &Names, fields: Option<Object>) -> &mut Place {
        let known = self.inside.iter().position(|place| place.fields == fields);
        let at = known.unwrap_or(self.inside.len());
        if known.is_none() {
            self.inside.push(Place::new(
                names.inside(&self.name, is_plain(self.kind, &self.name), self.following),
                fields,
            ));
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

/// Whether JSON has a name as it is. The catalog has no others.
fn is_plain(kind: Option<Kind>, name: &str) -> bool {
    kind.is_some() || json::is_plain(name)
}

impl Names {
    fn inside(&self, name: &str, is_plain: bool, following: Option<Fields>) -> Names {
        let mut prefix = self.prefix.clone();
        push_pascal(&mut prefix, name);
        let path: Rc<str> = match &self.path {
            Some(above) => joined(above, name).into(),
            None => name.into(),
        };
        let own =
            following.filter(|following| { *following }.next().is_some_and(|next| is_longer(next, name)));
        let beside = self.beside.or(own.map(|fields| (fields, self.prefix.len(), prefix.len())));
        Names { prefix, path: Some(path), beside, is_plain: self.is_plain && is_plain }
    }

    fn title(&self, name: Cow<'static, str>, is_plain: bool) -> Rc<Title> {
        let mut begin = String::with_capacity(self.prefix.len() + name.len() + 3);
        begin.push('"');
        begin.push_str(&self.prefix);
        push_pascal(&mut begin, &name);
        let inside = self.path.as_ref().map(|above| (Rc::clone(above), name));
        if self.is_plain && is_plain && self.beside.is_none() {
            begin.push_str("\":");
            return Rc::new(Title { begin, inside });
        }
        let column = begin.get(1..).unwrap_or_default();
        let title = Title::new(column, inside);
        if self.gives_way(column) { title.dotted().unwrap_or(title) } else { title }
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
