//! All that the page itself can do, written down once: the keys, their list and the palette of
//! actions are made from it.

mod finding;

pub use finding::{branches, keys, palette, partitions, topics};

/// Something that the page offers, whatever the cluster does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAct {
    /// Play or stand still.
    Toggle,
    /// One step on.
    Step,
    /// One step back.
    StepBack,
    /// On to the next turning point.
    SkipAhead,
    /// Back to before the last turning point.
    SkipBack,
    /// To the start of the run.
    Begin,
    /// To the end of what was ever played.
    End,
    /// To a moment, in milliseconds since the start of the run.
    Moment(u32),
    /// Play at the speed at that place among all speeds.
    Speed(u8),
    /// Show the theme at that place among all themes.
    Theme(u8),
    /// Go to the next mark on the chosen track.
    MarkAhead,
    /// Go to the last mark on it.
    MarkBack,
    /// Look at half of the time.
    Closer,
    /// Look at twice as much.
    Wider,
    /// Look at what was a little earlier.
    Earlier,
    /// Look at what comes a little later.
    Later,
    /// Look at all of the time.
    Fit,
    /// Start a branch at the play head.
    Branch,
    /// Let things move, or show pictures that stand still.
    Motion,
    /// Let single letters be keys, or not.
    Letters(bool),
    /// Open or close the panel.
    Panel,
    /// Show how to read the stage.
    Legend,
    /// Show the list of keys.
    Keys,
    /// Show all actions.
    Palette,
    /// Go back to before the last action.
    Undo,
    /// Show what can be done to the cluster as a whole.
    Cluster,
    /// Go back from an opened partition.
    Back,
    /// Show the topics, to choose one.
    Topics,
    /// Show the topic's partitions, to open one.
    Partitions,
    /// Show the branches, to go to one.
    Branches,
    /// Save the run as a file.
    Save,
}

/// A command of the page.
struct Command {
    /// What it does, as words to find it by.
    words: &'static str,
    /// Its keys, as `pressed` writes them.
    keys: &'static [&'static str],
    /// The same for people.
    key_words: &'static str,
    act: PageAct,
}

/// Every command of the page but speeds and themes.
const COMMANDS: [Command; 29] = [
    Command {
        words: "Play or pause",
        keys: &[" "],
        key_words: "Space",
        act: PageAct::Toggle,
    },
    Command {
        words: "One step on",
        keys: &["ArrowRight"],
        key_words: "→",
        act: PageAct::Step,
    },
    Command {
        words: "One step back",
        keys: &["ArrowLeft"],
        key_words: "←",
        act: PageAct::StepBack,
    },
    Command {
        words: "On to the next turning point",
        keys: &["Shift ArrowRight", "PageDown"],
        key_words: "Shift →, Page Down",
        act: PageAct::SkipAhead,
    },
    Command {
        words: "Back before the last turning point",
        keys: &["Shift ArrowLeft", "PageUp"],
        key_words: "Shift ←, Page Up",
        act: PageAct::SkipBack,
    },
    Command {
        words: "To the start of the run",
        keys: &[],
        key_words: "",
        act: PageAct::Begin,
    },
    Command {
        words: "To the end of what was played",
        keys: &[],
        key_words: "",
        act: PageAct::End,
    },
    Command {
        words: "Next mark on the track",
        keys: &["."],
        key_words: ".",
        act: PageAct::MarkAhead,
    },
    Command {
        words: "Last mark on the track",
        keys: &[","],
        key_words: ",",
        act: PageAct::MarkBack,
    },
    Command {
        words: "Look closer at the time",
        keys: &["w"],
        key_words: "W",
        act: PageAct::Closer,
    },
    Command {
        words: "Look at more of the time",
        keys: &["s"],
        key_words: "S",
        act: PageAct::Wider,
    },
    Command {
        words: "Look at earlier time",
        keys: &["a"],
        key_words: "A",
        act: PageAct::Earlier,
    },
    Command {
        words: "Look at later time",
        keys: &["d"],
        key_words: "D",
        act: PageAct::Later,
    },
    Command {
        words: "Fit all of the time",
        keys: &["f"],
        key_words: "F",
        act: PageAct::Fit,
    },
    Command {
        words: "Branch here: leave out what was done later",
        keys: &["b"],
        key_words: "B",
        act: PageAct::Branch,
    },
    Command {
        words: "Go to another branch",
        keys: &[],
        key_words: "",
        act: PageAct::Branches,
    },
    Command {
        words: "Save this run as a file",
        keys: &[],
        key_words: "",
        act: PageAct::Save,
    },
    Command {
        words: "Motion, or pictures that stand still",
        keys: &["m"],
        key_words: "M",
        act: PageAct::Motion,
    },
    Command {
        words: "Letters as keys: off",
        keys: &[],
        key_words: "",
        act: PageAct::Letters(false),
    },
    Command {
        words: "Letters as keys: on",
        keys: &[],
        key_words: "",
        act: PageAct::Letters(true),
    },
    Command {
        words: "Undo the last action",
        keys: &["Ctrl z"],
        key_words: "Ctrl Z or ⌘ Z",
        act: PageAct::Undo,
    },
    Command {
        words: "Your cluster: start one, save it, open it",
        keys: &[],
        key_words: "",
        act: PageAct::Cluster,
    },
    Command {
        words: "Open or close why and events",
        keys: &[],
        key_words: "",
        act: PageAct::Panel,
    },
    Command {
        words: "How to read the stage",
        keys: &[],
        key_words: "",
        act: PageAct::Legend,
    },
    Command {
        words: "Show another topic",
        keys: &["t"],
        key_words: "T",
        act: PageAct::Topics,
    },
    Command {
        words: "Go to a partition",
        keys: &["p"],
        key_words: "P",
        act: PageAct::Partitions,
    },
    Command {
        words: "Back from a partition to the cluster",
        keys: &["Escape"],
        key_words: "Escape",
        act: PageAct::Back,
    },
    Command {
        words: "All actions",
        keys: &["Ctrl k"],
        key_words: "Ctrl K or ⌘ K",
        act: PageAct::Palette,
    },
    Command {
        words: "All keys",
        keys: &["?"],
        key_words: "?",
        act: PageAct::Keys,
    },
];

/// The themes: their names, and what stands for them in the page; the system's is nothing.
pub const THEMES: [(&str, &str); 4] = [
    ("Theme: system", ""),
    ("Theme: light", "light"),
    ("Theme: dark", "dark"),
    ("Theme: high contrast", "contrast"),
];

/// A key with what is held down beside it, as commands name it. Shift counts with named keys only:
/// which characters need it differs from keyboard to keyboard.
pub fn pressed(key: &str, has_shift: bool, has_control: bool) -> String {
    let is_named = key.len() > 1;
    let control = if has_control { "Ctrl " } else { "" };
    let shift = if has_shift && is_named { "Shift " } else { "" };
    let key = if is_named {
        key.to_owned()
    } else {
        key.to_ascii_lowercase()
    };
    [control, shift, &key].concat()
}

/// What a key does.
pub fn act_of(pressed: &str) -> Option<PageAct> {
    let found = COMMANDS.iter().find(|it| it.keys.contains(&pressed));
    found.map(|command| command.act)
}

/// What the command of these words does.
pub fn act_named(words: &str) -> Option<PageAct> {
    let command = COMMANDS.iter().find(|it| it.words == words);
    let theme = || THEMES.iter().position(|(name, _)| *name == words);
    command
        .map(|it| it.act)
        .or_else(|| Some(PageAct::Theme(theme()? as u8)))
}

#[cfg(test)]
mod tests;
