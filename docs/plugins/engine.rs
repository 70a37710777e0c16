// An engine as a plug-in, to copy: one pread or pwrite per access. It needs nothing but std.
//
//     rustc -O --edition 2021 --crate-type cdylib docs/plugins/engine.rs -o rust_engine.so
//     iowalk list engines --plugin ./rust_engine.so
//
// The structs are those of include/iowalk/engine.h, member by member: the ABI is frozen, so they need no generator. A panic must
// not leave a hook: there is none here, because nothing unwraps.

use std::ffi::{c_char, c_int, c_void, CStr};
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::os::unix::io::AsRawFd;
use std::ptr::null;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

// ---- include/iowalk/engine.h ----

type Count = unsafe extern "C" fn(*mut c_void, u32, *const c_char, u64);

#[repr(C)]
struct Instance {
    handle: *mut c_void,
    prefetch_ahead_count: u32,
    block_bytes: u32,
    reserved: [u64; 6],
}

// Hooks that are not used are pointers that are null.
type Unused = *const c_void;

#[repr(C)]
struct Engine {
    struct_size: u32,
    capabilities: u32,
    name: *const c_char,
    summary: *const c_char,
    options: *const c_void,
    probe: Unused,
    open: unsafe extern "C" fn(*const c_char, u32, *const u64, *mut Instance) -> c_int,
    close: unsafe extern "C" fn(*mut c_void, Option<Count>, *mut c_void) -> c_int,
    size: unsafe extern "C" fn(*mut c_void) -> u64,
    read: unsafe extern "C" fn(*mut c_void, u64, *mut u8, usize) -> c_int,
    write: unsafe extern "C" fn(*mut c_void, u64, *const u8, usize) -> c_int,
    resize: unsafe extern "C" fn(*mut c_void, u64) -> c_int,
    sync: unsafe extern "C" fn(*mut c_void) -> c_int,
    map: Unused,
    read_batch: Unused,
    submit: Unused,
    reap: Unused,
    prefetch: Unused,
    advise: unsafe extern "C" fn(*mut c_void, u32) -> c_int,
    drop_cache: unsafe extern "C" fn(*mut c_void) -> c_int,
    begin_walk: Unused,
    attach: Unused,
    threads: Unused,
    health: Unused,
    stats: unsafe extern "C" fn(*mut c_void, Count, *mut c_void),
}

#[repr(C)]
pub struct Plugin {
    magic: u64,
    abi_major: u16,
    abi_minor: u16,
    struct_size: u32,
    name: *const c_char,
    version: *const c_char,
    engines: *const *const Engine,
    stores: *const c_void,
}

// The tables are constants that nobody writes.
unsafe impl Sync for Engine {}
unsafe impl Sync for Plugin {}
#[repr(transparent)]
struct List([*const Engine; 2]);
unsafe impl Sync for List {}

// ---- the engine ----

extern "C" {
    fn posix_fadvise(fd: c_int, offset: i64, len: i64, advice: c_int) -> c_int;
    fn fallocate(fd: c_int, mode: c_int, offset: i64, len: i64) -> c_int;
}
const ADVICES: [c_int; 3] = [0, 2, 1]; // POSIX_FADV_NORMAL, SEQUENTIAL, RANDOM for the patterns 0, 1, 2
const DONTNEED: c_int = 4;

#[derive(Default)]
struct Calls {
    pread64: AtomicU64,
    pwrite64: AtomicU64,
    fallocate: AtomicU64,
    ftruncate: AtomicU64,
    fdatasync: AtomicU64,
    fadvise64: AtomicU64,
}

struct Handle {
    file: File,
    size_bytes: u64,
    sync_err: c_int, // of the first sync that failed, or 0
    calls: Calls,
}

// The negative errno of an error.
fn errno(error: Error) -> c_int {
    match error.raw_os_error() {
        Some(number) => -number,
        None if error.kind() == ErrorKind::OutOfMemory => -12, // ENOMEM
        None => -5,                                            // EIO
    }
}
const ERANGE: c_int = -34;
const EIO: c_int = -5;
const EOPNOTSUPP: c_int = -95;
const EINTR: c_int = -4;

fn result(outcome: Result<(), Error>) -> c_int {
    outcome.map_or_else(errno, |_| 0)
}

unsafe fn of<'a>(handle: *mut c_void) -> &'a mut Handle {
    &mut *(handle as *mut Handle)
}

fn is_outside(handle: &Handle, offset: u64, len_bytes: usize) -> bool {
    offset.checked_add(len_bytes as u64).map_or(true, |end| end > handle.size_bytes)
}

unsafe extern "C" fn open(path: *const c_char, flags: u32, _: *const u64, out: *mut Instance) -> c_int {
    let path = std::ffi::OsStr::from_bytes(CStr::from_ptr(path).to_bytes());
    let mut how = OpenOptions::new();

    how.read(true).write(flags != 0).custom_flags(0o4000); // O_NONBLOCK: opening a named pipe would wait otherwise
    if flags & 2 != 0 {
        how.create(true).truncate(true);
    }
    let file = match how.open(path) {
        Ok(file) => file,
        Err(error) => return errno(error),
    };
    let size_bytes = match file.metadata() {
        Ok(status) if status.is_file() => status.len(),
        Ok(_) => return -22, // EINVAL: a folder, for instance
        Err(error) => return errno(error),
    };
    let handle = Box::new(Handle { file, size_bytes, sync_err: 0, calls: Calls::default() });
    (*out).handle = Box::into_raw(handle) as *mut c_void;
    0
}

unsafe extern "C" fn close(handle: *mut c_void, count: Option<Count>, context: *mut c_void) -> c_int {
    if let Some(count) = count {
        stats(handle, count, context);
        count(context, 0, b"close\0".as_ptr() as *const c_char, 1);
    }
    drop(Box::from_raw(handle as *mut Handle));
    0
}

unsafe extern "C" fn size(handle: *mut c_void) -> u64 {
    of(handle).size_bytes
}

unsafe extern "C" fn read(handle: *mut c_void, offset: u64, buffer: *mut u8, len_bytes: usize) -> c_int {
    let handle = of(handle);
    let mut done = 0;

    if is_outside(handle, offset, len_bytes) {
        return ERANGE;
    }
    while done < len_bytes {
        let rest = std::slice::from_raw_parts_mut(buffer.add(done), len_bytes - done);
        handle.calls.pread64.fetch_add(1, Relaxed);
        match handle.file.read_at(rest, offset + done as u64) {
            Ok(0) => return EIO, // somebody truncated the file
            Ok(got) => done += got,
            Err(error) if errno_is_interrupted(&error) => continue,
            Err(error) => return errno(error),
        }
    }
    0
}

fn errno_is_interrupted(error: &Error) -> bool {
    error.raw_os_error() == Some(-EINTR)
}

unsafe extern "C" fn write(handle: *mut c_void, offset: u64, buffer: *const u8, len_bytes: usize) -> c_int {
    let handle = of(handle);
    let mut done = 0;

    if is_outside(handle, offset, len_bytes) {
        return ERANGE;
    }
    while done < len_bytes {
        let rest = std::slice::from_raw_parts(buffer.add(done), len_bytes - done);
        handle.calls.pwrite64.fetch_add(1, Relaxed);
        match handle.file.write_at(rest, offset + done as u64) {
            Ok(0) => return EIO,
            Ok(put) => done += put,
            Err(error) if errno_is_interrupted(&error) => continue,
            Err(error) => return errno(error),
        }
    }
    0
}

unsafe extern "C" fn resize(handle: *mut c_void, size_bytes: u64) -> c_int {
    let handle = of(handle);

    let mut err = 0;
    if size_bytes > i64::MAX as u64 {
        return -27; // EFBIG
    }
    if size_bytes > handle.size_bytes {
        // Reserves the blocks where the file system can.
        let (begin, len) = (handle.size_bytes as i64, (size_bytes - handle.size_bytes) as i64);
        handle.calls.fallocate.fetch_add(1, Relaxed);
        if fallocate(handle.file.as_raw_fd(), 0, begin, len) != 0 {
            err = errno(Error::last_os_error());
        }
    }
    if size_bytes < handle.size_bytes || err == EOPNOTSUPP {
        handle.calls.ftruncate.fetch_add(1, Relaxed);
        err = result(handle.file.set_len(size_bytes));
    }
    if err == 0 {
        handle.size_bytes = size_bytes;
    }
    err
}

// After an error the kernel counts what it could not write as clean, and would report success the next time.
unsafe extern "C" fn sync(handle: *mut c_void) -> c_int {
    let handle = of(handle);

    if handle.sync_err == 0 {
        handle.calls.fdatasync.fetch_add(1, Relaxed);
        handle.sync_err = result(handle.file.sync_data());
    }
    handle.sync_err
}

unsafe fn advise_kernel(handle: &Handle, advice: c_int) -> c_int {
    handle.calls.fadvise64.fetch_add(1, Relaxed);
    -posix_fadvise(handle.file.as_raw_fd(), 0, 0, advice)
}

unsafe extern "C" fn advise(handle: *mut c_void, pattern: u32) -> c_int {
    match ADVICES.get(pattern as usize) {
        Some(advice) => advise_kernel(of(handle), *advice),
        None => -22, // EINVAL
    }
}

unsafe extern "C" fn drop_cache(handle: *mut c_void) -> c_int {
    match sync(handle) {
        0 => advise_kernel(of(handle), DONTNEED),
        err => err,
    }
}

unsafe extern "C" fn stats(handle: *mut c_void, count: Count, context: *mut c_void) {
    let calls = &of(handle).calls;

    for (name, number) in [
        (b"openat\0".as_slice(), &AtomicU64::new(1)),
        (b"statx\0".as_slice(), &AtomicU64::new(1)),
        (b"pread64\0".as_slice(), &calls.pread64),
        (b"pwrite64\0".as_slice(), &calls.pwrite64),
        (b"fallocate\0".as_slice(), &calls.fallocate),
        (b"ftruncate\0".as_slice(), &calls.ftruncate),
        (b"fdatasync\0".as_slice(), &calls.fdatasync),
        (b"fadvise64\0".as_slice(), &calls.fadvise64),
    ] {
        count(context, 0, name.as_ptr() as *const c_char, number.load(Relaxed));
    }
}

// ---- the tables ----

static ENGINE: Engine = Engine {
    struct_size: std::mem::size_of::<Engine>() as u32,
    capabilities: 0,
    name: b"rust_engine\0".as_ptr() as *const c_char,
    summary: b"one pread or pwrite per access, in Rust\0".as_ptr() as *const c_char,
    options: null(),
    probe: null(),
    open,
    close,
    size,
    read,
    write,
    resize,
    sync,
    map: null(),
    read_batch: null(),
    submit: null(),
    reap: null(),
    prefetch: null(),
    advise,
    drop_cache,
    begin_walk: null(),
    attach: null(),
    threads: null(),
    health: null(),
    stats,
};

static ENGINES: List = List([&ENGINE, null()]);

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static iowalk_plugin: Plugin = Plugin {
    magic: 0x3167_756c_7077_6f69,
    abi_major: 1,
    abi_minor: 0,
    struct_size: std::mem::size_of::<Plugin>() as u32,
    name: b"rust_plugin\0".as_ptr() as *const c_char,
    version: b"1.0\0".as_ptr() as *const c_char,
    engines: ENGINES.0.as_ptr(),
    stores: null(),
};
