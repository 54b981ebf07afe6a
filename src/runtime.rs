//! What the standard library would have brought: an allocator, an end for panics, and libc's start-up.

use alloc::alloc::{alloc, handle_alloc_error, realloc};
use core::alloc::Layout;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

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
