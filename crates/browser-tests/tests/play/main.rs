//! A person at the built page. Each test is named after what the page does for them.

mod acting;
mod audit;
mod branches;
mod bytes;
mod failure;
mod first_sight;
mod hands;
mod keeping;
mod keyboard;
mod logs;
mod motion;
mod person;
mod pointing;
mod produce;
mod records;
mod saving;
mod screens;
mod scripted;
mod shell;
mod stills;
mod tasks;
