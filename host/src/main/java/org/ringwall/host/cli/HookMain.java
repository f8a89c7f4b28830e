// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.host.agent.AgentClient;
import org.ringwall.host.agent.Reply;
import org.ringwall.host.agent.Request;
import org.ringwall.host.cli.runtime.OciHookCommand;
import org.ringwall.host.delegation.Delegation;
import org.ringwall.host.journal.Changes;
import org.ringwall.host.journal.Journal;

/**
 * The entry point of {@code bin/ringwall oci-hook}. It passes the container's state to the agent,
 * and only if that does not answer it starts the command in this process, whose libraries take
 * longer to load than the agent to answer. So this class uses nothing of them.
 */
public final class HookMain {
    private static final int REFUSED = 3;

    /** The variable in which the client in Perl says why the agent has failed (bin/oci-hook.pl). */
    private static final String FAILURE = "RINGWALL_HOOK_FAILURE";

    private final List<String> names = new ArrayList<>();
    private String agent = OciHookCommand.AUTO;
    private String socket = OciHookCommand.SOCKET;
    private int seconds = OciHookCommand.SECONDS;

    private HookMain() {}

    /** Runs the command and ends the process with its exit code. */
    public static void main(String[] args) throws IOException {
        HookMain hook = new HookMain();
        // What is wrong with the words is reported by the command.
        if (!hook.understands(args) || hook.agent.equals(OciHookCommand.NEVER)) {
            Main.end(args, System.in);
            return;
        }
        Path path = Path.of(hook.socket);
        boolean required = hook.agent.equals(OciHookCommand.REQUIRED);
        String failure = System.getenv(FAILURE);
        if (failure == null && !required && !Files.exists(path)) {
            Main.end(args, System.in);
            return;
        }
        byte[] state = System.in.readNBytes(OciHookCommand.LARGEST + 1);
        Reply reply;
        try {
            if (failure != null) {
                throw new IOException(failure);
            }
            List<String> words = new ArrayList<>(List.of(args[0]));
            words.addAll(hook.names);
            reply = AgentClient.call(path, new Request(words, new String(state, StandardCharsets.UTF_8)), hook.seconds);
        } catch (IOException e) {
            String why = "the agent at `" + path + "` does not answer: " + e.getMessage();
            if (required) {
                System.err.println("ringwall: " + why);
                System.err.println("  help: systemctl restart ringwall-agent, or let the hook act by itself: "
                        + OciHookCommand.AGENT + " " + OciHookCommand.AUTO);
                journal(args, why);
                end(REFUSED);
                return;
            }
            System.err.println("ringwall: note: " + why + "; this process acts by itself");
            InputStream again = new ByteArrayInputStream(state);
            Main.end(args, again);
            return;
        }
        System.out.print(reply.out());
        System.err.print(reply.err());
        end(reply.code());
    }

    /** Leaves a line of a container that does not start, because runtimes may show no output. */
    private static void journal(String[] args, String why) {
        new Changes(
                        Journal.file(System.getenv(), Delegation.ownUid() == 0)
                                .map(Journal::at)
                                .orElseGet(Journal::none),
                        List.of(args),
                        System.err)
                .begin()
                .refused(why);
    }

    /** Ends the process at once: there is nothing that would have to be closed. */
    private static void end(int code) {
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(code);
    }

    /** Reads the words after the command. Returns false if one of them is not known here. */
    private boolean understands(String[] args) {
        for (int i = 1; i < args.length; i++) {
            String word = args[i];
            int equals = word.indexOf('=');
            if (!word.startsWith("-")) {
                names.add(word);
            } else if (equals > 0) {
                if (!option(word.substring(0, equals), word.substring(equals + 1))) {
                    return false;
                }
            } else if (i + 1 == args.length || !option(word, args[++i])) {
                return false;
            }
        }
        return args.length > 0;
    }

    private boolean option(String name, String value) {
        if (name.equals(OciHookCommand.AGENT)) {
            agent = value;
            return value.equals(OciHookCommand.AUTO)
                    || value.equals(OciHookCommand.REQUIRED)
                    || value.equals(OciHookCommand.NEVER);
        }
        if (name.equals(OciHookCommand.SOCKET_OPTION)) {
            socket = value;
            return value.startsWith("/") && value.indexOf('\0') < 0;
        }
        boolean number =
                value.length() <= 4 && !value.isEmpty() && value.chars().allMatch(Character::isDigit);
        seconds = number ? Integer.parseInt(value) : 0;
        return name.equals(OciHookCommand.TIMEOUT) && seconds > 0 && seconds <= OciHookCommand.MOST_SECONDS;
    }
}
