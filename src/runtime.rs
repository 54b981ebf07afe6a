//! What the standard library would have brought: an allocator, an end for panics, and libc's start-up.

use alloc::alloc::{alloc, handle_alloc_error, realloc};
use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::memory_grow;
use core::cell::{Cell, UnsafeCell};
use core::ptr;
use dlmalloc::Dlmalloc;

/// Bytes of the heap that are there from the start: what a call about one object needs. To grow takes two system calls, one
/// when it happens and one when the instance ends.
const BEGINNING: usize = 96 << 10;

const PAGE: usize = 64 << 10;

#[repr(C, align(16))]
struct Heap {
    beginning: UnsafeCell<[u8; BEGINNING]>,
    begun: Cell<bool>,
}

// SAFETY: a component has one thread.
unsafe impl Sync for Heap {}

static HEAP: Heap = Heap { beginning: UnsafeCell::new([0; BEGINNING]), begun: Cell::new(false) };

/// Where the allocator has memory from: the beginning, then the host. Nothing is ever given back.
struct Source;

// SAFETY: regions are of zeros, as long as is said, and handed out once.
unsafe impl dlmalloc::Allocator for Source {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        if size <= BEGINNING && !HEAP.begun.replace(true) {
            return (HEAP.beginning.get().cast(), BEGINNING, 0);
        }
        let pages = size.div_ceil(PAGE);
        match memory_grow(0, pages) {
            usize::MAX => (ptr::null_mut(), 0, 0),
            // The end of the address space is left out: no pointer may stand behind it.
            before => (
                ptr::with_exposed_provenance_mut(before * PAGE),
                (pages * PAGE).min(usize::MAX - before * PAGE) & !15,
                0,
            ),
        }
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        PAGE
    }
}

struct Allocator(UnsafeCell<Dlmalloc<Source>>);

// SAFETY: a component has one thread.
unsafe impl Sync for Allocator {}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(UnsafeCell::new(Dlmalloc::new_with_allocator(Source)));

// SAFETY: all of it is dlmalloc's, and nothing that it calls comes back here.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { (*self.0.get()).malloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { (*self.0.get()).free(block, layout.size(), layout.align()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { (*self.0.get()).calloc(layout.size(), layout.align()) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        unsafe { (*self.0.get()).realloc(block, layout.size(), layout.align(), new_size) }
    }
}

/// A panic is a defect; the trap that follows ends the instance, and the host sees it as such.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

// The target's linker expects the C library, which the standard library would have named.
#[link(name = "c")]
unsafe extern "C" {}

/// By which the host places arguments and results in this memory: `realloc` of the canonical ABI.
///
/// # Safety
/// `old` is null with `old_size` 0, or came from here with that size and alignment.
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, new_size: usize) -> *mut u8 {
    // SAFETY: the canonical ABI gives powers of two, and sizes that fit a 32-bit memory.
    let layout = |size| unsafe { Layout::from_size_align_unchecked(size, align) };
    let block = match (old_size, new_size) {
        (0, 0) => return core::ptr::without_provenance_mut(align),
        // SAFETY: the size is not zero.
        (0, size) => unsafe { alloc(layout(size)) },
        // SAFETY: the caller's promise, and the size is not zero.
        (_, size) => unsafe { realloc(old, layout(old_size), size) },
    };
    if block.is_null() {
        handle_alloc_error(layout(new_size));
    }
    block
}
