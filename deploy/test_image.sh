#!/usr/bin/env bash
# Builds the image, and runs what is in it as its user on a read-only file system until it is ready.
# Needs root and podman. Where the registry cannot be reached, Debian's own Python is the base
# (debootstrap). What is in the image is run in a chroot, since a container may not run in another.
set -euo pipefail
cd "$(dirname "$0")/.."

base=docker.io/library/python:3.11-slim-bookworm
image=localhost/how-many-fingers
port=8599
work=$(mktemp -d)

clean_up() {
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    for place in proc dev tmp .; do
        umount -l "$work/root/$place" 2>/dev/null || true
    done
    podman image unmount "$image" >/dev/null 2>&1 || true
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT

if ! podman image exists "$base" && ! podman pull --quiet "$base"; then
    packages=python3,python3-venv,python-is-python3,ca-certificates
    debootstrap --variant=minbase --include="$packages" bookworm "$work/debian"
    tar -C "$work/debian" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' -c . |
        podman import - "$base"
    rm -rf "$work/debian"
fi
podman build --isolation=chroot --network=host --pull=never --format docker \
    --volume /etc/ssl/certs:/etc/ssl/certs:ro -f deploy/Containerfile -t "$image" .

described() { podman image inspect --format "$1" "$image"; }
size=$(($(described '{{.Size}}') / 1000000))
echo "The image has $size MB."
[ "$size" -lt 900 ]

mkdir "$work/root"
mount --bind "$(podman image mount "$image")" "$work/root"
mount -o remount,ro,bind "$work/root"
mount -t tmpfs none "$work/root/tmp"
mount --bind /dev "$work/root/dev"
mount -t proc proc "$work/root/proc"
user=$(described '{{.Config.User}}')
environment=$(described '{{range .Config.Env}}{{.}} {{end}}')
command=$(described '{{join .Config.Cmd " "}}')
inside() {
    # shellcheck disable=SC2086 # settings of the image, each a word
    exec chroot --userspec="$user" "$work/root" /usr/bin/env -i $environment sh -c "cd /app && $1"
}

(inside 'test "$(id -u)" -ne 0 && ! touch x 2>/dev/null && ! python -c "import tensorflow" 2>/dev/null')
echo "It is run as $user, who can write nothing, and has no TensorFlow."
inside "exec $command --server.port=$port" >"$work/log" 2>&1 &
server=$!
for _ in $(seq 60); do
    if curl -fs "http://127.0.0.1:$port/readyz"; then
        echo " It is ready."
        exit 0
    fi
    sleep 1
done
cat "$work/log"
echo "It did not get ready within a minute." >&2
exit 1
