# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes a host in a directory from two descriptions: a list of files, in the manner of mtree(5), and a list of packages, in the
# manner of dpkg's status file. The package database is a real one of either kind. dpkg's is text; for rpm's, headers are put
# together here and rpmdb imports them, which takes 20 ms where rpmbuild would take seconds.
#
# A list of files has one line for each file:
#
#	/path [KEY=VALUE...]
#		A line of its content, behind a tab.
#
#	type=	file, dir, link, hard, fifo, socket, char, block, or absent: not there even if a package records it.
#		Default: dir for a path that ends in '/', link or hard if that key is given, else file
#	mode=	octal; default 0644, and 0755 for directories and programs
#	uid=, gid=	numbers; default 0
#	link=	target of a symbolic link
#	hard=	another name of the same file
#	size=	bytes, all of them a hole
#	content=	content that does not end in a newline
#
# '\ooo' is a byte in octal; '#' begins a comment line. Parent directories are made. A path that is given twice counts as given
# the second time, so that a case can change what the common host has.
#
# A list of packages has paragraphs of fields. Package, Source, Version (default 1), Depends, Pre-Depends, Recommends and Provides
# are as in deb-control(5); Status is one word (default installed), or absent to remove the package; Preinst and Postinst hold a
# script, which is a program instead (for rpm, one in Lua) if its first line is '<program>'; Files holds one path a line, and
# behind it one of
#
#	config	a configuration file
#	ghost	rpm records it without content, dpkg does not know it
#	obsolete	a configuration file that dpkg still records although the package does not have it any more; rpm records none
#	not	not in the package, in spite of an earlier paragraph
#
# Files that the list of files lacks are made. Parent directories are recorded too, as dpkg does, except with 'Parents: no'. If
# a package is given twice, fields of the second paragraph replace those of the first, and its files are added.
package TestHost;
use strict;
use warnings;
use Fcntl ':mode';
use File::Basename 'dirname';
use File::Path 'make_path';
use POSIX ();
use Socket;

sub slurp {
	my ($path) = @_;
	open my $f, '<:raw', $path or return undef;
	local $/;
	return scalar <$f>;
}

sub spew {
	my ($path, $text) = @_;
	open my $f, '>:raw', $path or die "cannot write '$path': $!\n";
	print $f $text;
	close $f or die "cannot write '$path': $!\n";
}

# --- the list of files -----------------------------------------------------------------------------------------------

sub unescape {
	my ($text) = @_;
	$text =~ s/\\([0-7]{3})/chr oct $1/ge;
	return $text;
}

# Parses a list of files into the hash 'files', by path.
sub parse_files {
	my ($text, $files) = @_;
	my $file;
	for my $line (split /\n/, $text) {
		if ($line =~ s/^\t// || ($line eq '' && $file && defined $file->{content})) {
			die "a line of content before any path: '$line'\n" unless $file;
			$file->{content} .= "$line\n";
			next;
		}
		next if $line =~ /^\s*(#|$)/;
		my ($path, @keys) = split ' ', $line;
		die "not an absolute path: '$line'\n" unless $path =~ m{^/};
		$path = unescape($path);
		$file = { map { /^([a-z]+)=(.*)$/s ? ($1, unescape($2)) : die "not a KEY=VALUE: '$_' in '$line'\n" } @keys };
		my $directory = $path =~ s{(.)/$}{$1};
		$file->{type} //= $directory ? 'dir' : (grep { exists $file->{$_} } 'link', 'hard')[0] // 'file';
		$files->{$path} = $file;
	}
	for my $file (values %$files) { # an empty line between two files belongs to neither
		$file->{content} =~ s/\n+$/\n/ if defined $file->{content};
	}
}

sub is_program { $_[0] =~ m{^(/usr)?/(s?bin|libexec)/} || $_[0] eq '/usr/lib/systemd/systemd' }

# What making these files takes beyond root of a user namespace with one id: '', 'ids' or 'devices'.
sub needs {
	my ($files) = @_;
	my @ids = grep { ($_->{uid} // 0) || ($_->{gid} // 0) } values %$files;
	my @devices = grep { $_->{type} =~ /^(char|block)$/ } values %$files;
	return @devices ? 'devices' : @ids ? 'ids' : '';
}

sub command { system(@_) == 0 or die "'@_' failed\n" }

# An absolute symbolic link on the way would lead out of the root directory.
sub make_parent {
	my ($root, $path) = @_;
	my $dir = '';
	for my $name (grep { length } split '/', dirname($path)) {
		$dir .= "/$name";
		die "'$path' is behind the absolute link '$dir'\n" if -l "$root$dir" && readlink("$root$dir") =~ m{^/};
		-d "$root$dir" or mkdir "$root$dir" or die "cannot make '$dir': $!\n";
	}
}

sub make_socket {
	my ($at) = @_;
	my ($dir, $name) = $at =~ m{^(.*)/([^/]+)$}; # sun_path holds 108 bytes
	my $cwd = POSIX::getcwd();
	chdir $dir or die "$dir: $!\n";
	socket my $s, PF_UNIX, SOCK_STREAM, 0 or die "socket: $!\n";
	bind $s, pack_sockaddr_un($name) or die "cannot bind '$at': $!\n";
	chdir $cwd;
}

my %make = (
	file => sub {
		my ($at, $f) = @_;
		spew($at, $f->{content} // '');
		truncate $at, $f->{size} or die "cannot enlarge '$at': $!\n" if $f->{size};
	},
	dir => sub { -d $_[0] or mkdir $_[0] or die "cannot make '$_[0]': $!\n" },
	link => sub { symlink $_[1]{link}, $_[0] or die "cannot make link '$_[0]': $!\n" },
	hard => sub { link $_[2] . $_[1]{hard}, $_[0] or die "cannot make hard link '$_[0]': $!\n" },
	fifo => sub { POSIX::mkfifo($_[0], 0644) or die "cannot make fifo '$_[0]': $!\n" },
	socket => \&make_socket,
	char => sub { command('mknod', $_[0], 'c', 1, 3) },
	block => sub { command('mknod', $_[0], 'b', 7, 0) },
	absent => sub { },
);

sub make_files {
	my ($root, $files) = @_;
	for my $hard (0, 1) { # hard links last, when their targets exist
		for my $path (sort keys %$files) {
			my $f = $files->{$path};
			my $at = "$root$path";
			next unless ($f->{type} eq 'hard') == $hard;
			die "no type '$f->{type}'\n" unless $make{ $f->{type} };
			make_parent($root, $path);
			$make{ $f->{type} }->($at, $f, $root);
			next if $f->{type} =~ /^(hard|absent)$/;
			chown $f->{uid} // 0, $f->{gid} // 0, $at or die "cannot chown '$at': $!\n"
				if $f->{type} ne 'link' && ($f->{uid} || $f->{gid});
			command('chown', '-h', ($f->{uid} // 0) . ':' . ($f->{gid} // 0), $at)
				if $f->{type} eq 'link' && ($f->{uid} || $f->{gid});
			chmod oct($f->{mode} // ($f->{type} eq 'dir' || is_program($path) ? '0755' : '0644')), $at
				if $f->{type} ne 'link';
		}
	}
}

# --- the list of packages --------------------------------------------------------------------------------------------

# Parses a list of packages into the hash 'packages', by name.
sub parse_packages {
	my ($text, $packages) = @_;
	$text =~ s/^#.*\n//mg;
	for my $paragraph (split /\n\n+/, $text) {
		my %p = map { /^([^:\s]+):[ \t]*(.*)$/s ? (lc $1, $2) : die "not a field: '$_'\n" } split /\n(?![ \t])/, $paragraph;
		next unless %p;
		die "a paragraph without Package\n" unless $p{package};
		$p{$_} && $p{$_} =~ s/^\s*\n?[ \t]//mg for qw(preinst postinst files);
		my $known = $packages->{ $p{package} } //= { version => 1, status => 'installed', kinds => {} };
		for (grep { /\S/ } split /\n/, $p{files} // '') {
			my ($path, $kind) = split ' ';
			$known->{kinds}{ unescape($path) } = $kind // '';
		}
		delete $p{files};
		%$known = (%$known, %p);
	}
	delete $packages->{$_} for grep { $packages->{$_}{status} eq 'absent' } keys %$packages;
}

sub is_behind_link {
	my ($path, $files) = @_;
	while ($path =~ s{/[^/]+$}{} && $path ne '') {
		return 1 if $files->{$path} && $files->{$path}{type} eq 'link';
	}
	return 0;
}

# Adds the files that packages bring and the list of files lacks, except behind symbolic links.
sub add_packaged {
	my ($packages, $files) = @_;
	for my $p (grep { $_->{status} ne 'config-files' } values %$packages) {
		while (my ($path, $kind) = each %{ $p->{kinds} }) {
			my $type = $path =~ s{(.)/$}{$1} ? 'dir' : 'file';
			$files->{$path} //= { type => $type, content => "of $p->{package}\n" }
				unless $kind =~ /^(ghost|not)$/ || is_behind_link($path, $files);
		}
	}
}

# The paths that a package records, each with its kind.
sub recorded {
	my ($p) = @_;
	my %paths;
	for my $listed (grep { $p->{kinds}{$_} ne 'not' } sort keys %{ $p->{kinds} }) {
		my $path = $listed =~ s{(.)/$}{$1}r;
		$paths{$path} = $p->{kinds}{$listed};
		next if ($p->{parents} // '') eq 'no';
		while ($path =~ s{/[^/]+$}{} && $path ne '') {
			$paths{$path} //= '';
		}
	}
	return \%paths;
}

sub make_dpkg {
	my ($root, $packages) = @_;
	my $status = '';
	make_path("$root/var/lib/dpkg/info");
	for my $p (map { $packages->{$_} } sort keys %$packages) {
		my $paths = recorded($p);
		my @config = grep { $paths->{$_} =~ /^(config|obsolete)$/ } sort keys %$paths;
		my $state = $p->{status} eq 'config-files' ? 'deinstall ok config-files' : "install ok $p->{status}";
		$status .= "Package: $p->{package}\nStatus: $state\nArchitecture: all\nVersion: $p->{version}\n";
		for (['depends', 'Depends'], ['pre-depends', 'Pre-Depends'], ['recommends', 'Recommends'], ['provides', 'Provides'],
			['source', 'Source']) {
			$status .= "$_->[1]: $p->{$_->[0]}\n" if $p->{ $_->[0] };
		}
		$status .= join '', "Conffiles:\n",
			map { " $_ 0123456789abcdef0123456789abcdef" . ($paths->{$_} eq 'obsolete' ? " obsolete\n" : "\n") } @config if @config;
		$status .= "\n";
		spew("$root/var/lib/dpkg/info/$p->{package}.list",
			join '', map { "$_\n" } grep { $paths->{$_} ne 'ghost' } sort keys %$paths);
		for (grep { $p->{$_} } qw(preinst postinst)) {
			my $begin = $p->{$_} =~ /^<program>/ ? "\x7fELF\0" : '#!/bin/sh';
			spew("$root/var/lib/dpkg/info/$p->{package}.$_", "$begin\n$p->{$_}\n");
		}
	}
	spew("$root/var/lib/dpkg/status", $status);
}

# --- rpm's headers: rpm(8), 'Package Format'; tags and types as in rpmtag.h ------------------------------------------

my %type = (char => 1, int16 => 3, int32 => 4, string => 6, bin => 7, strings => 8, i18n => 9);
my %align = (3 => 2, 4 => 4);

# A header of [ tag, type, values... ]: the index in the order of tags, then the data, all in the immutable region.
sub header {
	my @tags = sort { $a->[0] <=> $b->[0] } grep { @$_ > 2 && defined $_->[2] } @_;
	my ($index, $data) = ('', '');
	for (@tags) {
		my ($tag, $type, @values) = @$_;
		my $number = $type{$type};
		$data .= "\0" while $align{$number} && length($data) % $align{$number};
		$index .= pack 'N4', $tag, $number, length $data, scalar @values;
		$data .= $type eq 'int32' ? pack('N*', @values) : $type eq 'int16' ? pack('n*', @values)
			: $type eq 'char' ? pack('C*', @values) : join '', map { "$_\0" } @values;
	}
	my $n = @tags + 1;
	my $region = pack 'N4', 63, $type{bin}, length $data, 16;
	$data .= pack 'N2l>N', 63, $type{bin}, -16 * $n, 16;
	return pack('H*', '8eade80100000000') . pack('N2', $n, length $data) . $region . $index . $data;
}

my %sense = ('' => 0, '<<' => 2, '<' => 2, '<=' => 10, '=' => 8, '>=' => 12, '>>' => 4, '>' => 4);

# A relation of deb-control(5) as name, flags and version; alternatives as rpm's rich dependency.
sub relation {
	my ($text) = @_;
	my @alternatives;
	for (split /\|/, $text) {
		/^\s*(\S+?)(?::any)?\s*(?:\((\S+)\s*(\S+)\))?\s*$/ or die "not a relation: '$_'\n";
		push @alternatives, [ $1, $2 // '', $3 // '' ];
	}
	return ($alternatives[0][0], $sense{ $alternatives[0][1] }, $alternatives[0][2]) if @alternatives == 1;
	my $rich;
	for (reverse @alternatives) {
		my $one = join ' ', grep { length } $_->[0], $_->[1] =~ s/(.)\1/$1/r, $_->[2];
		$rich = defined $rich ? "($one or $rich)" : $one;
	}
	return ($rich, 0, '');
}

# Dependencies as their three tags: names, flags, versions.
sub relations {
	my ($name_tag, $flag_tag, $version_tag, @texts) = @_;
	my (@names, @flags, @versions);
	for (map { split /,/ } grep { defined } @texts) {
		my ($name, $flags, $version) = relation($_);
		push @names, $name;
		push @flags, $flags;
		push @versions, $version;
	}
	return ([ $name_tag, 'strings', @names ], [ $flag_tag, 'int32', @flags ], [ $version_tag, 'strings', @versions ]);
}

my %mode_type = (file => S_IFREG, dir => S_IFDIR, link => S_IFLNK, hard => S_IFREG, fifo => S_IFIFO, socket => S_IFSOCK,
	char => S_IFCHR, block => S_IFBLK, absent => S_IFREG);

sub package_header {
	my ($p, $files) = @_;
	my $paths = recorded($p);
	my (%dirs, @dirs, @dir_of, @base, @mode, @flags, @links);
	for my $path (grep { m{^/.} && $paths->{$_} ne 'obsolete' } sort keys %$paths) {
		my ($dir, $base) = $path =~ m{^(.*/)([^/]+)$};
		my $f = $files->{$path} // { type => 'dir' };
		push @dirs, $dir unless exists $dirs{$dir};
		$dirs{$dir} //= $#dirs;
		push @dir_of, $dirs{$dir};
		push @base, $base;
		push @mode, $mode_type{ $f->{type} } | oct($f->{mode} // ($f->{type} eq 'dir' ? '0755' : '0644'));
		push @flags, { '' => 0, config => 1, ghost => 1 << 6 }->{ $paths->{$path} };
		push @links, $f->{link} // '';
	}
	my @zeros = map { 0 } @base;
	my @scripts;
	for (['preinst', 1023, 1085], ['postinst', 1024, 1086]) {
		my ($name, $tag, $program) = @$_;
		next if !$p->{$name};
		push @scripts, [ $tag, 'string', $p->{$name} ],
			[ $program, 'string', $p->{$name} =~ /^<program>/ ? '<lua>' : '/bin/sh' ];
	}
	return header(
		[ 100, 'strings', 'C' ], [ 1000, 'string', $p->{package} ], [ 1001, 'string', $p->{version} ], [ 1002, 'string', 1 ],
		[ 1004, 'i18n', 'A package' ], [ 1005, 'i18n', 'A package' ], [ 1006, 'int32', 1 ], [ 1008, 'int32', 1 ],
		[ 1009, 'int32', 0 ], [ 1014, 'string', 'none' ], [ 1021, 'string', 'linux' ], [ 1022, 'string', 'noarch' ],
		[ 1044, 'string', ($p->{source} // $p->{package}) =~ s/ .*//r . '-1-1.src.rpm' ], @scripts,
		[ 1028, 'int32', @zeros ], [ 1029, 'char', @zeros ], [ 1030, 'int16', @mode ], [ 1033, 'int16', @zeros ],
		[ 1034, 'int32', @zeros ], [ 1035, 'strings', map { '' } @base ], [ 1036, 'strings', @links ], [ 1037, 'int32', @flags ],
		[ 1039, 'strings', map { 'root' } @base ], [ 1040, 'strings', map { 'root' } @base ],
		[ 1045, 'int32', map { -1 & 0xffffffff } @base ],
		[ 1095, 'int32', map { 1 } @base ], [ 1096, 'int32', 1 .. @base ],
		[ 1116, 'int32', @dir_of ], [ 1117, 'strings', @base ], [ 1118, 'strings', @dirs ],
		relations(1047, 1112, 1113, "$p->{package} (= $p->{version}-1)", $p->{provides}),
		relations(1049, 1048, 1050, $p->{depends}, $p->{'pre-depends'}),
		relations(5046, 5048, 5047, $p->{recommends}));
}

my %made; # databases by the headers they were made of: most cases have the same packages

# The headers as a database of Berkeley DB, as rpm 4.15 and older made it: a hash from a number, 4 bytes, to a header without its
# magic; number 0 holds the highest one. The indices, files of their own, are left out: releases of rpm differ in those.
sub make_bdb {
	my ($db, @headers) = @_;
	my @pairs = (pack('L', 0), pack('L', scalar @headers), map { (pack('L', $_ + 1), substr $headers[$_], 8) } 0 .. $#headers);
	spew("$db.dump", join '', "VERSION=3\nformat=bytevalue\ntype=hash\nHEADER=END\n",
		(map { ' ' . unpack('H*', $_) . "\n" } @pairs), "DATA=END\n");
	command('db5.3_load', '-f', "$db.dump", "$db/Packages");
}

sub make_sqlite {
	my ($db, @headers) = @_;
	spew("$db.headers", join '', @headers);
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDIN, '<', "$db.headers";
		open STDOUT, '>', "$db.log";
		open STDERR, '>&', \*STDOUT;
		exec 'rpmdb', '--define', '_db_backend sqlite', '--define', '_flush_io 0', '--define', "_dbpath $db", '--importdb';
		exit 127;
	}
	waitpid $pid, 0;
	die 'rpmdb failed: ' . slurp("$db.log") if $? != 0;
}

my %make_database = (sqlite => \&make_sqlite, bdb => \&make_bdb);

# 'place' is the kind of the database and its directory.
sub make_rpm {
	my ($root, $packages, $files, $work, $place) = @_;
	my ($kind, $directory) = split ' ', $place // 'sqlite /var/lib/rpm';
	my @headers = map { package_header($_, $files) } grep { $_->{status} =~ /^installed$/ }
		map { $packages->{$_} } sort keys %$packages;
	my $key = join '', $kind, @headers;
	if (!$made{$key}) {
		my $db = "$work/rpm" . keys %made;
		make_path($db);
		($make_database{$kind} // die "no kind of database '$kind'\n")->($db, @headers);
		$made{$key} = $db;
	}
	make_path(dirname("$root$directory"));
	command('cp', '-R', $made{$key}, "$root$directory");
}

# --- a host ----------------------------------------------------------------------------------------------------------

# Makes the host in the empty directory 'root', with the database of 'manager', rpm or dpkg. 'work' is for temporary files. rpm's
# database is of kind sqlite and in /var/lib/rpm, unless 'place' is a kind, sqlite or bdb, and a directory.
sub make {
	my ($root, $manager, $files, $packages, $work, $place) = @_;
	make_files($root, $files);
	return $manager eq 'rpm' ? make_rpm($root, $packages, $files, $work, $place) : make_dpkg($root, $packages);
}

1;
