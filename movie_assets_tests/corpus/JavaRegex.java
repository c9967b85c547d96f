import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What java.util.regex of Java 17 says; run by movie_assets_tests/support/java_regex.py.
 *
 * "unicode": the sets of code points behind names and cases, as JSON. "judge": reads a pattern and a text a line, both
 * in hexadecimal UTF-8, and answers each with a line of JSON.
 */
public class JavaRegex {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final int LIMIT = Character.MAX_CODE_POINT + 1;

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("unicode")) {
            unicode();
        } else {
            judge();
        }
        OUT.flush();
    }

    private static void judge() throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] fields = line.split(",", -1);
            OUT.println(judged(text(fields[0]), text(fields[1])));
        }
    }

    private static String text(String hexadecimal) {
        return new String(HexFormat.of().parseHex(hexadecimal), StandardCharsets.UTF_8);
    }

    /** [full match, [[start, group 0, group 1, ...] of every match], replaced, split], or {"error", "index"}. */
    private static String judged(String pattern, String text) {
        Pattern compiled;
        try {
            compiled = Pattern.compile(pattern);
        } catch (PatternSyntaxException error) {
            return "{\"error\": " + quoted(error.getDescription()) + ", \"index\": " + error.getIndex() + "}";
        } catch (RuntimeException error) {
            return "{\"error\": " + quoted(error.toString()) + ", \"index\": -1}";
        }
        List<String> found = new ArrayList<>();
        Matcher matcher = compiled.matcher(text);
        while (matcher.find()) {
            StringBuilder match = new StringBuilder("[" + text.codePointCount(0, matcher.start()));
            for (int group = 0; group <= matcher.groupCount(); group++) {
                match.append(", ").append(quoted(matcher.group(group)));
            }
            found.add(match + "]");
        }
        List<String> parts = new ArrayList<>();
        for (String part : compiled.split(text, -1)) {
            parts.add(quoted(part));
        }
        return "[" + compiled.matcher(text).matches() + ", " + found + ", "
            + quoted(compiled.matcher(text).replaceAll("<$0>")) + ", " + parts + "]";
    }

    private static String quoted(String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder written = new StringBuilder("\"");
        for (char one : text.toCharArray()) {
            written.append(one < ' ' || one > '~' || one == '"' || one == '\\' ? String.format("\\u%04x", (int) one) : one);
        }
        return written.append('"').toString();
    }

    private static void unicode() throws Exception {
        Map<String, String> properties = new TreeMap<>();
        for (String name : "Cn Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf Co Cs Pd Ps Pe Pc Po Sm Sc Sk So Pi Pf L M N Z C P S"
                .concat(" LC LD L1 all ASCII Alnum Alpha Blank Cntrl Digit Graph Lower Print Punct Space Upper XDigit")
                .concat(" javaLowerCase javaUpperCase javaAlphabetic javaIdeographic javaTitleCase javaDigit javaDefined")
                .concat(" javaLetter javaLetterOrDigit javaJavaIdentifierStart javaJavaIdentifierPart")
                .concat(" javaUnicodeIdentifierStart javaUnicodeIdentifierPart javaIdentifierIgnorable javaSpaceChar")
                .concat(" javaWhitespace javaISOControl javaMirrored").split(" ")) {
            add(properties, name, "\\p{" + name + "}");
        }
        for (String name : ("ALPHABETIC ASSIGNED CONTROL HEXDIGIT HEX_DIGIT IDEOGRAPHIC JOINCONTROL JOIN_CONTROL LETTER LOWERCASE"
                + " NONCHARACTERCODEPOINT NONCHARACTER_CODE_POINT TITLECASE PUNCTUATION UPPERCASE WHITESPACE WHITE_SPACE"
                + " WORD ALPHA LOWER UPPER SPACE PUNCT XDIGIT ALNUM CNTRL DIGIT BLANK GRAPH PRINT").split(" ")) {
            add(properties, "Is" + name, "\\p{Is" + name + "}");
        }
        Map<String, String> scripts = new TreeMap<>(runs(code -> Character.UnicodeScript.of(code).name()));
        Map<String, String> names = new LinkedHashMap<>(aliases(Character.UnicodeScript.class, "aliases"));
        Map<String, String> blocks = runs(code -> {
            Character.UnicodeBlock block = Character.UnicodeBlock.of(code);
            return block == null ? null : block.toString();
        });
        OUT.println("{\"source\": \"java.util.regex and java.lang.Character of Java " + System.getProperty("java.version")
            + "; made by JavaRegex.java\",");
        OUT.println("\"cases\": " + quoted(cases()) + ",");
        OUT.println("\"properties\": " + object(properties) + ",");
        OUT.println("\"scripts\": " + object(scripts) + ",");
        OUT.println("\"script names\": " + object(names) + ",");
        OUT.println("\"blocks\": " + object(blocks) + ",");
        OUT.println("\"block names\": " + object(aliases(Character.UnicodeBlock.class, "map")) + "}");
    }

    private static void add(Map<String, String> sets, String name, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher("");
        String edges = edges(code -> matcher.reset(Character.toString(code)).matches());
        for (Map.Entry<String, String> other : sets.entrySet()) {
            if (other.getValue().equals(edges)) {
                sets.put(name, "=" + other.getKey());
                return;
            }
        }
        sets.put(name, edges);
    }

    /** The code points where membership begins and ends, each as its distance from the one before. */
    private static String edges(IntPredicate member) {
        StringBuilder written = new StringBuilder();
        int last = 0;
        boolean inside = false;
        for (int code = 0; code <= LIMIT; code++) {
            if (inside != (code < LIMIT && member.test(code))) {
                written.append(written.length() > 0 ? " " : "").append(Integer.toHexString(code - last));
                last = code;
                inside = !inside;
            }
        }
        return written.toString();
    }

    private static Map<String, String> runs(IntFunction<String> nameOf) {
        String[] names = new String[LIMIT];
        for (int code = 0; code < LIMIT; code++) {
            names[code] = nameOf.apply(code);
        }
        Map<String, String> sets = new TreeMap<>();
        for (String name : new TreeSet<>(java.util.Arrays.stream(names).filter(java.util.Objects::nonNull).toList())) {
            sets.put(name, edges(code -> name.equals(names[code])));
        }
        return sets;
    }

    private static Map<String, String> aliases(Class<?> type, String field) throws Exception {
        java.lang.reflect.Field map = type.getDeclaredField(field);
        map.setAccessible(true);
        Map<String, String> names = new TreeMap<>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) map.get(null)).entrySet()) {
            if (!entry.getKey().equals(entry.getValue().toString())) {
                names.put(entry.getKey().toString(), entry.getValue().toString());
            }
        }
        return names;
    }

    /** Every code point that has cases: itself, its upper case, the lower case of that. */
    private static String cases() {
        StringBuilder written = new StringBuilder();
        for (int code = 0; code < LIMIT; code++) {
            int upper = Character.toUpperCase(code);
            int lower = Character.toLowerCase(upper);
            if (upper != code || lower != code) {
                written.append(String.format("%s%x %x %x", written.length() > 0 ? " " : "", code, upper, lower));
            }
        }
        return written.toString();
    }

    private static String object(Map<String, String> entries) {
        List<String> lines = new ArrayList<>();
        entries.forEach((name, value) -> lines.add(quoted(name) + ": " + quoted(value)));
        return "{\n" + String.join(",\n", lines) + "}";
    }
}
