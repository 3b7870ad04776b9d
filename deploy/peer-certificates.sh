#!/bin/sh
# peer-certificates.sh FOLDER NAME…: the installation's own authority, made once, and a certificate by which the process NAME is known to
# the others, good for a year. Run it again with a name before its year is over: a process takes the new certificate without a restart.
# authority-key.pem signs them and belongs to none of the processes: keep it where they are not.
set -eu
umask 077
folder=$1
shift
mkdir -p "$folder"
cd "$folder"
[ -s authority-key.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 3650 -subj "/CN=casebook processes" \
	-addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout authority-key.pem -out authority.pem
for name; do
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -subj "/CN=$name" -keyout "$name-key.new" -out "$name.csr"
	printf 'subjectAltName=DNS:%s\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n' "$name" >"$name.ext"
	openssl x509 -req -sha256 -days 365 -in "$name.csr" -CA authority.pem -CAkey authority-key.pem -CAcreateserial -extfile "$name.ext" -out "$name.new"
	mv "$name-key.new" "$name-key.pem"
	mv "$name.new" "$name.pem"
	rm "$name.csr" "$name.ext"
done
