// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.origin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.json.Json;
import org.ringwall.bundle.sign.CrossSignature;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.VerifyingKey;
import org.ringwall.host.cli.command.EntryOptions;
import org.ringwall.host.cli.command.HostCommand;
import org.ringwall.host.cli.command.Options;
import org.ringwall.host.cli.command.Session;
import org.ringwall.host.words.ExitCode;
import org.ringwall.host.words.PathText;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.trust.TrustFiles;
import org.ringwall.loader.trust.TrustedKey;
import org.ringwall.sys.IoReason;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The command that shows and changes the keys that this host trusts. */
public final class TrustCommand implements HostCommand {
    /** The maximum size in bytes, far above that of a key. */
    private static final int LARGEST = 1 << 16;

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command("Shows and changes the keys whose signatures bundles need.");
        spec.addSubcommand(
                "add",
                Options.command("Trusts a key; from the first one on, only signed bundles are applied.")
                        .addPositional(word(
                                "KEY.pub",
                                "The public key that ringwallc keygen or openssl wrote, or one that ringwallc"
                                        + " cross-sign signed with a key that this host trusts."))
                        .addOption(OptionSpec.builder("--scope")
                                .paramLabel("GLOB")
                                .type(String[].class)
                                .description("Only for policies with such a name, in which * and ? match any text and"
                                        + " any character; can be given again (default: all policies, or those of the key"
                                        + " that signed it).")
                                .build())
                        .addOption(OptionSpec.builder("--until")
                                .paramLabel("DATE")
                                .type(String.class)
                                .description(
                                        "Only until the end of this day in UTC, as 2027-12-31 (default: no end, or that of the"
                                                + " key that signed it).")
                                .build())
                        .addOption(Options.flag(
                                "--replace",
                                "Give a key that is trusted already these restrictions instead of those that it has."))
                        .addOption(Options.json()));
        spec.addSubcommand(
                "list",
                Options.command("Shows the keys and their restrictions.").addOption(Options.json()));
        spec.addSubcommand(
                "remove",
                Options.command("Removes a key; without any key, bundles need no signature.")
                        .addPositional(keyId())
                        .addOption(Options.json()));
        spec.addSubcommand(
                "revoke",
                Options.command("Refuses bundles of a key from now on, and keeps the key in the list.")
                        .addPositional(keyId())
                        .addOption(Options.json()));
        return spec;
    }

    private static PositionalParamSpec keyId() {
        return word("KEYID", "The id of the key, or at least its first 8 digits.");
    }

    private static PositionalParamSpec word(String label, String description) {
        return PositionalParamSpec.builder()
                .index("0")
                .paramLabel(label)
                .type(String.class)
                .required(true)
                .description(description)
                .build();
    }

    @Override
    public int run(ParseResult words, Session session) {
        ParseResult command = EntryOptions.action(words);
        TrustFiles files = session.trust();
        String action = command.commandSpec().name();
        boolean json = command.matchedOptionValue("--json", false);
        if (action.equals("list")) {
            list(files.keys(), session, json);
            return ExitCode.DONE;
        }
        String word = command.matchedPositionalValue(0, "");
        String done;
        String more = "";
        TrustedKey key;
        switch (action) {
            case "add" -> {
                Added added = added(word, command, files);
                key = added.key();
                more = restrictions(key) + added.origin();
                session.changes().begin().with("key", key.id());
                if (command.matchedOptionValue("--replace", false)) {
                    // An option that was left out ends a restriction.
                    more += "\n  before: " + restrictions(files.replace(key));
                } else {
                    files.add(key);
                }
                done = "trusted";
            }
            case "remove" -> {
                session.changes().begin().with("key", word);
                key = files.remove(word);
                done = "removed";
            }
            default -> {
                session.changes().begin().with("key", word);
                key = files.revoke(word);
                done = "revoked";
            }
        }
        session.changes().with("key", key.id()).with("scopes", key.scopes()).done(done);
        if (json) {
            session.out().println(Json.of(fields(key)));
        } else {
            session.out().println(key.id() + ": " + done);
            if (!more.isEmpty()) {
                session.out().println("  " + more);
            }
        }
        if (files.keys().isEmpty()) {
            session.err()
                    .println(
                            "ringwall: note: this host trusts no key any more, and applies unsigned bundles and objects");
        }
        return ExitCode.DONE;
    }

    /** Returns what a key may sign, and until when. */
    private static String restrictions(TrustedKey key) {
        return policies(key) + key.until().map(day -> ", until " + day).orElse("");
    }

    private static String policies(TrustedKey key) {
        return key.key().algorithm().word() + ", for "
                + (key.scopes().isEmpty() ? "all policies" : "policies " + String.join(" ", key.scopes()));
    }

    /**
     * A key to be added.
     *
     * @param origin a phrase that names the key which has signed it; empty if none has
     */
    private record Added(TrustedKey key, String origin) {}

    private static Added added(String word, ParseResult command, TrustFiles files) {
        Path file = PathText.parse(word, "name a public key");
        Optional<LocalDate> until = command.hasMatchedOption("--until")
                ? Optional.of(TrustedKey.day(command.matchedOptionValue("--until", "")))
                : Optional.empty();
        until.filter(TrustedKey.today()::isAfter).ifPresent(day -> {
            throw new InputException("the day " + day + " has passed", "write a later day");
        });
        List<String> scopes = List.of(command.matchedOptionValue("--scope", new String[0]));
        byte[] content = content(file);
        try {
            if (!CrossSignature.isEnvelope(content)) {
                return new Added(new TrustedKey(VerifyingKey.read(content), scopes, until, Optional.empty()), "");
            }
            CrossSignature signed = CrossSignature.read(content);
            TrustedKey by = files.signer(signed);
            TrustedKey key = new TrustedKey(
                    signed.key(), scopes.isEmpty() ? by.scopes() : scopes, until.or(by::until), Optional.empty());
            return new Added(key, "; signed by " + by.id() + origin(scopes.isEmpty(), until.isEmpty()));
        } catch (SigningException e) {
            throw new InputException("cannot use `" + file + "`: " + e.getMessage(), e.help());
        }
    }

    private static String origin(boolean scopes, boolean until) {
        if (scopes) {
            return until ? ", from which it has policies and last day" : ", from which it has the policies";
        }
        return until ? ", from which it has the last day" : "";
    }

    private static byte[] content(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new InputException("there is no file `" + file + "`", "name a key that ringwallc keygen wrote");
            }
            if (Files.size(file) > LARGEST) {
                throw new InputException("`" + file + "` is too large to be a key", "name another file");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InputException("cannot read `" + file + "`: " + IoReason.of(e), "check its permissions");
        }
    }

    private static void list(List<TrustedKey> keys, Session session, boolean json) {
        if (json) {
            session.out()
                    .println(Json.of(Map.of(
                            "keys", keys.stream().map(TrustCommand::fields).toList())));
            return;
        }
        if (keys.isEmpty()) {
            session.out().println("this host trusts no key: bundles need no signature");
        }
        for (TrustedKey key : keys) {
            session.out()
                    .println(key.id() + ": "
                            + key.invalid(TrustedKey.today())
                                    .orElseGet(() -> "valid"
                                            + key.until()
                                                    .map(day -> " until " + day)
                                                    .orElse("")));
            session.out().println("  " + policies(key));
        }
    }

    private static Map<String, Object> fields(TrustedKey key) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("key", key.id());
        fields.put("algorithm", key.key().algorithm().word());
        fields.put("valid", key.invalid(TrustedKey.today()).isEmpty());
        fields.put("scopes", key.scopes());
        key.until().ifPresent(day -> fields.put("until", day.toString()));
        key.revoked().ifPresent(day -> fields.put("revoked", day.toString()));
        return fields;
    }
}
