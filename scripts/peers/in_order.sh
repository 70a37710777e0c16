# Sourced by run.sh and fio.sh.

# Nanoseconds that fio takes to read FILE once in order, past the page cache: 1 MiB, depth 4. A megabyte of 4 KiB pages has
# more segments than a device takes in one request, so the buffers are in huge pages.
fio_in_order() { # FILE
	local line
	line=$(GLIBC_TUNABLES=glibc.malloc.hugetlb=1 fio --name=r --filename="$1" --readonly --direct=1 --ioengine=io_uring \
		--iodepth=4 --iomem_align=2m --rw=read --bs=1M --minimal 2>/dev/null) || return 1
	cut -d';' -f9 <<<"$line" | awk '{ printf "%.0f\n", $1 * 1e6 }'
}
