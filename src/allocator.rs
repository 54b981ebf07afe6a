//! Small blocks of memory, which are most of what a call asks for, and are given back soon.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ptr;

/// A block of up to this size is kept by its size when it is freed, for the next that asks for one.
const SMALL: usize = 256;

/// Small blocks have a multiple of it, and are aligned to it.
const UNIT: usize = 16;

/// What small blocks are cut from, which is never given back.
const SHEET: usize = 4 << 10;

/// An allocator for one thread: small blocks by itself, all others by another.
pub struct Allocator<L> {
    large: L,
    /// The first free block of each size. It begins with where the next one is.
    free: [Cell<*mut u8>; SMALL / UNIT],
    /// What is left of the sheet that blocks are cut from. When it is too little, another one is begun.
    sheet: Cell<*mut u8>,
    left: Cell<usize>,
}

impl<L: GlobalAlloc> Allocator<L> {
    pub const fn new(large: L) -> Self {
        let free = [const { Cell::new(ptr::null_mut()) }; SMALL / UNIT];
        Allocator { large, free, sheet: Cell::new(ptr::null_mut()), left: Cell::new(0) }
    }

    /// Where the free blocks for a layout are, if it is a small one.
    fn free(&self, layout: Layout) -> Option<&Cell<*mut u8>> {
        let size = layout.size().wrapping_sub(1) / UNIT;
        self.free.get(size).filter(|_| layout.align() <= UNIT)
    }

    /// A block that nobody had before.
    fn cut(&self, size: usize) -> *mut u8 {
        let size = size.next_multiple_of(UNIT);
        if self.left.get() < size {
            let layout = Layout::new::<[u128; SHEET / size_of::<u128>()]>();
            // SAFETY: the size is not zero.
            let sheet = unsafe { self.large.alloc(layout) };
            if sheet.is_null() {
                return sheet;
            }
            self.sheet.set(sheet);
            self.left.set(SHEET);
        }
        let block = self.sheet.get();
        self.sheet.set(block.wrapping_add(size));
        self.left.set(self.left.get() - size);
        block
    }
}

// SAFETY: a block is as large and aligned as is asked for, and nobody else's until it is freed: all blocks of one list have
// one size, and what is not small never comes into a list.
unsafe impl<L: GlobalAlloc> GlobalAlloc for Allocator<L> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(free) = self.free(layout) else {
            // SAFETY: the caller's promise.
            return unsafe { self.large.alloc(layout) };
        };
        let block = free.get();
        if block.is_null() {
            return self.cut(layout.size());
        }
        // SAFETY: a free block begins with the place of another, or with null.
        free.set(unsafe { block.cast::<*mut u8>().read() });
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(free) = self.free(layout) else {
            // SAFETY: the caller's promise.
            return unsafe { self.large.dealloc(block, layout) };
        };
        // SAFETY: nobody has the block any more, and it has room for a place.
        unsafe { block.cast::<*mut u8>().write(free.get()) };
        free.set(block);
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (self.free(layout), self.free(new)) {
            // SAFETY: the caller's promise.
            (None, None) => return unsafe { self.large.realloc(block, layout, size) },
            (Some(own), Some(its)) if ptr::eq(own, its) => return block,
            _ => {}
        }
        // SAFETY: the caller's promise, and of both blocks there are as many bytes as are copied.
        unsafe {
            let moved = self.alloc(new);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, size.min(layout.size()));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::System;

    /// A block with what was written into it.
    struct Block {
        at: *mut u8,
        layout: Layout,
        mark: u8,
    }

    impl Block {
        fn fill(&self) {
            unsafe { self.at.write_bytes(self.mark, self.layout.size()) };
        }

        fn check(&self, size: usize) {
            assert_eq!(self.at.addr() % self.layout.align(), 0);
            let bytes = unsafe { core::slice::from_raw_parts(self.at, size) };
            assert!(bytes.iter().all(|byte| *byte == self.mark), "{:?}", self.layout);
        }
    }

    #[test]
    fn every_block_keeps_what_is_written_into_it() {
        let allocator = Allocator::new(System);
        let mut blocks: Vec<Block> = Vec::new();
        let mut random = 1_u32;
        let mut next = |below: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) as usize % below
        };
        for step in 0..20_000 {
            let most = [16, 40, 300, 5_000][next(4)];
            let size = 1 + next(most);
            match next(3) {
                0 if !blocks.is_empty() => {
                    let at = next(blocks.len());
                    let block = blocks.swap_remove(at);
                    block.check(block.layout.size());
                    unsafe { allocator.dealloc(block.at, block.layout) };
                }
                1 if !blocks.is_empty() => {
                    let at = next(blocks.len());
                    let block = &mut blocks[at];
                    let kept = size.min(block.layout.size());
                    block.at = unsafe { allocator.realloc(block.at, block.layout, size) };
                    block.layout = Layout::from_size_align(size, block.layout.align()).unwrap();
                    block.check(kept);
                    block.fill();
                }
                _ => {
                    let layout = Layout::from_size_align(size, 1 << next(7)).unwrap();
                    let zeroed = next(2) == 0;
                    let at = unsafe {
                        if zeroed { allocator.alloc_zeroed(layout) } else { allocator.alloc(layout) }
                    };
                    let block = Block { at, layout, mark: 0 };
                    if zeroed {
                        block.check(size);
                    }
                    let block = Block { mark: step as u8, ..block };
                    block.fill();
                    blocks.push(block);
                }
            }
        }
        for block in blocks {
            block.check(block.layout.size());
            unsafe { allocator.dealloc(block.at, block.layout) };
        }
    }

    #[test]
    fn a_small_block_that_was_freed_is_the_next_of_its_size() {
        let allocator = Allocator::new(System);
        let layout = |size| Layout::from_size_align(size, 8).unwrap();
        let [one, other] = [33, 48].map(|size| unsafe { allocator.alloc(layout(size)) });
        assert_ne!(one, other);
        assert_eq!(unsafe { allocator.realloc(one, layout(33), 40) }, one);
        unsafe { allocator.dealloc(one, layout(40)) };
        assert_eq!(unsafe { allocator.alloc(layout(35)) }, one);
        assert_ne!(unsafe { allocator.alloc(layout(35)) }, one);
    }
}
