//! What the standard library would have brought: an allocator, an end for panics, and libc's start-up.

use crate::allocator::Allocator;
use alloc::alloc::{alloc, handle_alloc_error, realloc};
use core::alloc::Layout;
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};
use talc::base::binning::Binning;
use talc::base::{CHUNK_UNIT, Talc};
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// Bytes of the heap that are there from the start: what a call about one object needs. To grow takes two system calls, one
/// when it happens and one when the instance ends.
const BEGINNING: usize = 96 << 10;

const PAGE: usize = 64 << 10;

/// Half of what can be addressed.
const MOST_PAGES: usize = (1 << 31) / PAGE;

/// What an allocation takes beside its own bytes, at most: a tag, and what a region keeps for itself.
const OVERHEAD: usize = 4 * CHUNK_UNIT;

#[repr(C, align(16))]
struct Beginning(UnsafeCell<[u8; BEGINNING]>);

// SAFETY: a component has one thread, and nobody has it but the allocator.
unsafe impl Sync for Beginning {}

static HEAP: Beginning = Beginning(UnsafeCell::new([0; BEGINNING]));

#[global_allocator]
static ALLOCATOR: Allocator<TalcSyncCell<Memory, WasmBinning>> =
    Allocator::new(TalcSyncCell::new_wasm(Memory::Untouched));

// SAFETY: a component has one thread.
unsafe impl Sync for Allocator<TalcSyncCell<Memory, WasmBinning>> {}

/// Where the allocator has memory from: the beginning, then the host. Nothing is ever given back.
#[derive(Debug)]
enum Memory {
    Untouched,
    /// The end of the region that was added last.
    UpTo(Option<NonNull<u8>>),
}

// SAFETY: it allocates nothing itself.
unsafe impl Source for Memory {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let end = match talc.source {
            // SAFETY: the region is nobody else's, and comes here once.
            Memory::Untouched => unsafe { talc.claim(HEAP.0.get().cast(), BEGINNING) },
            Memory::UpTo(last) => {
                let pages = (layout.size().saturating_add(layout.align() + OVERHEAD)).div_ceil(PAGE);
                // Beyond it the allocator's sums of places and sizes would not fit.
                if memory_size(0).saturating_add(pages) > MOST_PAGES {
                    return Err(());
                }
                let start = match memory_grow(0, pages) {
                    usize::MAX => return Err(()),
                    before => before * PAGE,
                };
                let size = pages * PAGE;
                let region: *mut u8 = ptr::with_exposed_provenance_mut(start);
                match last.filter(|end| end.addr().get() == start) {
                    // SAFETY: the region is new, and begins where the last one ends.
                    Some(end) => Some(unsafe { talc.extend(end, region.wrapping_add(size)) }),
                    // SAFETY: the region is new.
                    None => unsafe { talc.claim(region, size) },
                }
            }
        };
        talc.source = Memory::UpTo(end);
        Ok(())
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
