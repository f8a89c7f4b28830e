// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.ringwall.bundle.attest.Attestation;
import org.ringwall.bundle.attest.AttestationText;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.evidence.Statement;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.host.words.UsageException;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.sys.IoReason;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that states what is in force, for others to verify. */
public final class AttestCommand implements HostCommand {
    /** The maximum size in bytes, far above that of a key or a passphrase. */
    private static final int LARGEST_KEY = 1 << 16;

    @Override
    public CommandSpec spec() {
        return Options.command("States what is in force on this host, signed by a key of the host.")
                .addPositional(PositionalParamSpec.builder()
                        .index("0..*")
                        .arity("0..*")
                        .paramLabel("POLICY[@INSTANCE]")
                        .type(String[].class)
                        .required(false)
                        .description("The instances (default: all that are in force).")
                        .build())
                .addOption(OptionSpec.builder("--sign")
                        .paramLabel("KEY.pem")
                        .type(String.class)
                        .description("Write an envelope of DSSE, signed by this private key;"
                                + " ringwallc verify --attestation verifies it.")
                        .build())
                .addOption(OptionSpec.builder("--passphrase-file")
                        .paramLabel("FILE")
                        .type(String.class)
                        .description("The file whose first line is the passphrase of the key.")
                        .build())
                .addOption(Options.json());
    }

    @Override
    public int run(ParseResult command, Session session) {
        Optional<SigningKey> key = key(command);
        Set<InstanceName> wanted = new TreeSet<>(Comparator.comparing(InstanceName::toString));
        for (String word : command.matchedPositionalValue(0, new String[0])) {
            wanted.add(InstanceName.parse(word));
        }
        try (LoaderHost host = session.host()) {
            List<InstanceStatus> all = host.status();
            for (InstanceName name : wanted) {
                if (all.stream().noneMatch(each -> each.name().equals(name))) {
                    throw name.absent();
                }
            }
            List<InstanceStatus> chosen = all.stream()
                    .filter(each -> wanted.isEmpty() || wanted.contains(each.name()))
                    .toList();
            Attestation statement = new Statement(host, Path.of("/proc"), Clock.systemUTC()).of(chosen);
            boolean json = command.matchedOptionValue("--json", false);
            session.out()
                    .print(key.map(signer -> signed(statement, signer))
                            .orElseGet(() -> json ? statement.json() : AttestationText.of(statement)));
            return ExitCode.DONE;
        }
    }

    private static String signed(Attestation statement, SigningKey key) {
        try {
            return statement.signed(key);
        } catch (SigningException e) {
            throw new InputException("cannot sign: " + e.getMessage(), e.help());
        }
    }

    private static Optional<SigningKey> key(ParseResult command) {
        String passphrase = command.matchedOptionValue("--passphrase-file", "");
        if (!command.hasMatchedOption("--sign")) {
            if (!passphrase.isEmpty()) {
                throw new UsageException("--passphrase-file needs --sign", "write --sign KEY.pem");
            }
            return Optional.empty();
        }
        String file = command.matchedOptionValue("--sign", "");
        try {
            Optional<char[]> words = passphrase.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new String(bytes(passphrase), StandardCharsets.UTF_8)
                            .lines()
                            .findFirst()
                            .orElse("")
                            .toCharArray());
            return Optional.of(SigningKey.read(bytes(file), words));
        } catch (SigningException e) {
            throw new InputException("cannot use `" + file + "`: " + e.getMessage(), e.help());
        }
    }

    private static byte[] bytes(String file) {
        Path path = PathText.parse(file, "name a private key that ringwallc keygen wrote");
        try {
            if (Files.size(path) > LARGEST_KEY) {
                throw new InputException("`" + file + "` is too large to be a key", "name another file");
            }
            return Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            throw new InputException(
                    "there is no file `" + file + "`", "name a private key of this host: ringwallc keygen --out host");
        } catch (IOException e) {
            throw new InputException(
                    "cannot read `" + file + "`: " + IoReason.of(e), "name a file that exists, and run as its owner");
        }
    }
}
