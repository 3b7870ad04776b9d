# How long gsm.core's batch takes for one indicator, beside `go test -run - -bench TheBatchOfGSM ./monitor/gsm`:
#   Rscript bench/gsm.R FOLDER_OF_GSM_CORE/R CORPUS/rbqm/gsm_clindata/kri0001/input.csv
# The input is in memory; what is timed is sums by site, scores, flags and the summary. Messages are off.
suppressPackageStartupMessages({library(dplyr); library(rlang); library(magrittr)})
words <- commandArgs(trailingOnly = TRUE)
LogMessage <- function(...) invisible() # its messages would be timed with it
stop_if <- function(cnd, message) if (cnd) stop(message)
for (f in c("Transform_Rate", "Analyze_NormalApprox", "Flag", "Summarize")) source(file.path(words[1], paste0(f, ".R")))
options(dplyr.summarise.inform = FALSE)
input <- read.csv(words[2], colClasses = c(SubjectID = "character", GroupID = "character"))
batch <- function() input %>% Transform_Rate() %>% Analyze_NormalApprox(strType = "rate") %>%
  Flag(vThreshold = c(-2, -1, 2, 3), nAccrualThreshold = 30, strAccrualMetric = "Denominator") %>% Summarize()
stopifnot(nrow(batch()) == 176)
times <- vapply(1:50, function(i) system.time(batch(), gcFirst = FALSE)[["elapsed"]], 0)
cat(sprintf("gsm.core: %.1f ms, the median of 50 (%.1f to %.1f)\n", 1000 * median(times), 1000 * min(times), 1000 * max(times)))
