//! Values to the cells of their columns.

use super::state::Flattener;
use crate::{
    table::{ColumnBuilder, KindPlace, UUID_BYTES},
    values::{ColumnValues, Scalar, as_text},
};
use transmog_model::{KindSet, LossKind};

impl Flattener {
    /// Puts a scalar that is not null into its column, if no other work is needed; else gives
    /// `false` and does nothing.
    #[inline(always)]
    pub(super) fn put_fast(&mut self, node: u32, row: u32, scalar: Scalar<'_>) -> bool {
        let node = &self.nodes[node as usize];
        match self.columns.get_mut(node.column as usize) {
            Some(column) if !node.is_special => column.put_fast(row, scalar),
            _ => false,
        }
    }

    /// Puts a scalar that is not null into its column.
    pub(super) fn put(&mut self, node: u32, row: u32, scalar: Scalar<'_>) {
        let mut buffer = Vec::new();
        let scalar = match self.options.stringify_values {
            true => stringified(scalar, &mut buffer),
            false => scalar,
        };
        if let Scalar::Rounded(..) = scalar {
            self.loss(node, LossKind::Rounded);
        }
        let scalar = scalar.in_column();
        if self.leaves_out_unknown && self.is_unknown(node) {
            return self.loss(node, LossKind::NotInSchema);
        }
        let column = self.column(node, row);
        let kinds = self.columns[column].kinds_of(scalar, self.options.numbers);
        if !self.columns[column].takes(kinds) && !self.widen(column, kinds, false) {
            return self.loss(node, LossKind::NotInSchema);
        }
        let builder = &mut self.columns[column];
        builder.pad_to(row as usize);
        match &mut builder.values {
            ColumnValues::Scalars(cells) => cells.push(scalar),
            ColumnValues::Text(cells) => {
                let mut text = Vec::new();
                scalar.write_text(&mut text);
                cells.push(Scalar::Text(as_text(&text)));
            }
            ColumnValues::Lists(_) => unreachable!("a scalar widens a column of lists to text"),
        }
    }

    /// Puts a list into its column.
    pub(super) fn put_list<'a>(
        &mut self,
        node: u32,
        row: u32,
        elements: impl Iterator<Item = Scalar<'a>> + Clone,
    ) {
        if self.leaves_out_unknown && self.is_unknown(node) {
            return self.loss(node, LossKind::NotInSchema);
        }
        let column = self.column(node, row);
        let numbers = self.options.numbers;
        let elements = elements.map(Scalar::in_column);
        let builder = &mut self.columns[column];
        if builder.put_list_fast(row, elements.clone()) {
            return;
        }
        let kinds: KindSet = (elements.clone())
            .map(|element| builder.kinds_of(element, numbers))
            .collect();
        let known = builder.seen.elements;
        if known.is_none_or(|known| !known.holds(kinds)) && !self.widen(column, kinds, true) {
            return self.loss(node, LossKind::NotInSchema);
        }
        let builder = &mut self.columns[column];
        builder.pad_to(row as usize);
        match &mut builder.values {
            ColumnValues::Lists(lists) => {
                for element in elements {
                    if !lists.elements.push_fast(element) {
                        lists.elements.push(element);
                    }
                }
                lists.end();
            }
            ColumnValues::Text(cells) => {
                let mut json = transmog_events::JsonText::default();
                json.begin_array();
                elements.for_each(|element| element.write_json(&mut json));
                json.end_array();
                cells.push(Scalar::Text(json.as_str()));
            }
            ColumnValues::Scalars(_) => unreachable!("a list widens a column of scalars"),
        }
    }

    /// Makes room for values of these kinds in a column; `false` if they are left out instead, because
    /// the schema has a narrower type.
    #[cold]
    fn widen(&mut self, column: usize, kinds: KindSet, in_list: bool) -> bool {
        let seen = self.columns[column].seen.with(kinds, in_list);
        if !self.check_column(self.columns[column].node, &seen) {
            return false;
        }
        self.widen_to(column, kinds, in_list);
        true
    }

    fn widen_to(&mut self, column: usize, kinds: KindSet, in_list: bool) {
        let seen = self.columns[column].seen.with(kinds, in_list);
        let builder = &mut self.columns[column];
        let mut wide = ColumnBuilder {
            node: builder.node,
            start: builder.start,
            values: builder.values.widened(&seen),
            seen,
            first: builder.first.clone(),
            appeared: builder.appeared,
            ..ColumnBuilder::of(builder.node, builder.has_form)
        };
        wide.first.push(KindPlace {
            kinds,
            in_list,
            record: self.record,
        });
        let old = std::mem::replace(builder, wide);
        self.widened.push((column, old));
    }

    /// Takes the value as the id of the row; whether it did. A value that cannot be an id is
    /// counted: a child row gets a generated one, for a main row it is an error.
    #[cold]
    pub(super) fn put_natural_id(&mut self, node: u32, row: u32, scalar: Scalar<'_>) -> bool {
        let column = self.id_column(node);
        match scalar {
            _ if self.columns[column].scalar(row as usize).is_some() => return false,
            Scalar::Null => {
                self.loss(node, LossKind::Null);
                return true;
            }
            Scalar::Text("") => {
                self.loss(node, LossKind::EmptyString);
                return true;
            }
            _ => {}
        }
        let mut text = Vec::new();
        scalar.write_text(&mut text);
        self.growth.has_long_ids |= text.len() > UUID_BYTES;
        let table = &mut self.tables[self.nodes[node as usize].table as usize];
        table.longest_id = table.longest_id.max(text.len());
        // Ids that differ stay different: no digit of a number is lost.
        let scalar = match scalar {
            _ if self.options.stringify_values => Scalar::Text(as_text(&text)),
            Scalar::Rounded(_, digits) => Scalar::Exact(digits).in_column(),
            scalar => scalar.in_column(),
        };
        let kinds = self.columns[column].kinds_of(scalar, self.options.numbers);
        if !self.columns[column].takes(kinds) && !self.widen_ids(column, kinds) {
            self.loss(node, LossKind::NotInSchema);
            return true;
        }
        let ids = &mut self.columns[column];
        ids.pad_to(row as usize);
        if let ColumnValues::Scalars(cells) = &mut ids.values {
            cells.push(scalar);
        }
        true
    }

    /// As [`widen`](Self::widen), but a schema need not say anything of ids.
    fn widen_ids(&mut self, column: usize, kinds: KindSet) -> bool {
        let path = &self.infos[self.columns[column].node].path;
        let contract = self.options.contract.as_ref();
        if contract.is_some_and(|contract| contract.columns.contains_key(path)) {
            return self.widen(column, kinds, false);
        }
        self.widen_to(column, kinds, false);
        true
    }

    /// The column of the natural ids at the node.
    fn id_column(&mut self, node: u32) -> usize {
        let table = self.nodes[node as usize].table as usize;
        if let Some(column) = self.tables[table].natural_ids {
            return column;
        }
        let has_form = self.given_forms(node).is_some();
        self.columns
            .push(ColumnBuilder::of(node as usize, has_form));
        let column = self.columns.len() - 1;
        self.tables[table].natural_ids = Some(column);
        column
    }
}

/// The scalar as text.
fn stringified<'a>(scalar: Scalar<'a>, buffer: &'a mut Vec<u8>) -> Scalar<'a> {
    match scalar {
        Scalar::Null | Scalar::Text(_) | Scalar::Json(_) => scalar,
        scalar => {
            scalar.write_text(buffer);
            Scalar::Text(as_text(buffer))
        }
    }
}
