#!/bin/sh
# Fetches a public OpenAPI document of some thousand schemas by its package name, for the tests of this crate.
# Nothing of it is kept in the repository. Usage: fetch-public-document.sh FOLDER
set -eu
folder=$1
package=@octokit/openapi@23.0.2
member=package/generated/api.github.com.json
mkdir -p "$folder"
work=$(mktemp -d "$folder/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "$package" >/dev/null)
tar -xzf "$work"/*.tgz -C "$work" "$member"
# The move is last and atomic: a half-written document is never taken for a whole one.
mv "$work/$member" "$folder/api.github.com.json"
